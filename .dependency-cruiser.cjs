/**
 * Who may import whom: the way of a message is one way. Types may be shared across a boundary (an interface is what
 * neighbours know of each other); implementations may not.
 */
const neverBut = (name, comment, path, exceptFrom) => ({
  name,
  comment,
  severity: "error",
  from: { pathNot: exceptFrom },
  to: { path, dependencyTypesNot: ["type-only"] },
});

module.exports = {
  forbidden: [
    {
      name: "no-cycles",
      comment: "A cycle hides which of two parts is the lower one.",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "nothing-unresolved",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: "protocol-is-pure",
      comment: "Shared by the directory, the client library, the command line and the tests.",
      severity: "error",
      from: { path: "^src/protocol/" },
      to: { path: "^(src|nym-client|scripts)/", pathNot: "^src/(protocol|util)/" },
    },
    {
      name: "actions-are-pure",
      comment: "They decide; they never read, write, sign or send.",
      severity: "error",
      from: { path: "^src/actions/" },
      to: {
        path: "^src/",
        pathNot: "^src/((actions|protocol|util)/|store/rows\\.ts)",
        dependencyTypesNot: ["type-only"],
      },
    },
    {
      name: "the-product-stands-alone",
      comment: "Nothing that ships imports scripts or tests.",
      severity: "error",
      from: { path: "^(src|nym-client)/" },
      to: { path: "^(scripts|test)/" },
    },
    {
      name: "production-dependencies-only",
      severity: "error",
      from: { path: "^(src|nym-client)/" },
      to: { dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"], dependencyTypesNot: ["type-only"] },
    },
    neverBut("one-place-for-winston", "Redaction stands in one folder.", "node_modules/winston", "^src/telemetry/"),
    neverBut(
      "one-place-for-websockets",
      "The bridge, the client library's transport, the loopback mixnet, and the load generator.",
      "node_modules/ws/",
      "^(src/bridge|src/client|nym-client|scripts/bench)/",
    ),
    neverBut(
      "one-place-for-sqlite",
      "Behind the Store interface.",
      "node_modules/better-sqlite3/",
      "^(src/store/sqlite|scripts/bench)/",
    ),
  ],
  options: {
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^dist/" },
    enhancedResolveOptions: { conditionNames: ["import", "node", "default", "types"] },
  },
};
