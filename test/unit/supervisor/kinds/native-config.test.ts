import { describe, expect, it } from "vitest";
import { withOurSettings } from "../../../../src/supervisor/kinds/native-config.js";

const AT = { host: "127.0.0.1", port: 1978 };
const TEMPLATE = `# This is a TOML config file.
[client]
id = 'x'
host = 'of another table'

[socket]

# the ip address
socket_type = 'WebSocket'
listening_port = 1977
host = '0.0.0.0'

[debug]

[debug.cover_traffic]
loop_cover_traffic_average_delay = '200ms'

`;
const SURBS = "[debug.reply_surbs]\nminimum_reply_surb_storage_threshold = 1\n";

describe("the configuration of a nym-client", () => {
  it("gets host, port and threshold, and nothing else changes", () => {
    expect(withOurSettings(TEMPLATE, AT)).toBe(
      `${TEMPLATE.replace("listening_port = 1977", "listening_port = 1978").replace("'0.0.0.0'", "'127.0.0.1'")}\n${SURBS}`,
    );
  });

  it("stays as it is the second time", () => {
    const once = withOurSettings(TEMPLATE, AT);
    expect(withOurSettings(once, AT)).toBe(once);
  });

  it("follows a port that changed", () => {
    const moved = withOurSettings(withOurSettings(TEMPLATE, AT), { ...AT, port: 2000 });
    expect(moved.match(/listening_port = .*/g)).toEqual(["listening_port = 2000"]);
    expect(moved.match(/reply_surbs/g)).toHaveLength(1);
  });

  it("keeps a threshold that the operator chose", () => {
    const chosen = `${TEMPLATE}[debug.reply_surbs]\nminimum_reply_surb_storage_threshold = 5\n`;
    expect(withOurSettings(chosen, AT).match(/threshold = \d+/g)).toEqual(["threshold = 5"]);
  });

  it("completes a section that is there, however it is written", () => {
    const there = `${TEMPLATE}  [ debug . "reply_surbs" ]  # ours\nmaximum_reply_surb_age = '1h'\n\n[debug.topology]\n`;
    const changed = withOurSettings(there, AT);
    expect(changed).toContain(
      '"reply_surbs" ]  # ours\nminimum_reply_surb_storage_threshold = 1\nmaximum_reply_surb_age',
    );
    expect(changed.match(/reply_surbs/g)).toHaveLength(1);
  });

  it("sees that a value is the same in other quotes and with a comment", () => {
    const toml = `[socket]\nhost = "127.0.0.1" # here\nlistening_port = 1978\n\n${SURBS}`;
    expect(withOurSettings(toml, AT)).toBe(toml);
  });
});
