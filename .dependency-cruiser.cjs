/**
 * Who may import whom: the way of a message is one way. Types may be shared across a boundary (an interface is what
 * neighbours know of each other) unless the folder is pure; implementations may not. `test/architecture` shows that each
 * of these rules finds what it forbids.
 */

/** Of each folder: the folders whose implementations it may use besides its own. */
const MAY_USE = {
  "src/util": [],
  "src/protocol": ["src/util"],
  "src/telemetry": ["src/util"],
  "src/config": ["src/util"],
  "src/identity": ["src/config/secret", "src/protocol", "src/util"],
  "src/store": ["src/protocol", "src/util"],
  "src/actions": [
    ...[
      "src/store/changes",
      "src/store/contacts",
      "src/store/groups",
      "src/store/history",
      "src/store/operators",
      "src/store/prekeys",
    ],
    ...["src/protocol", "src/store/identifiers", "src/store/rows", "src/util"],
  ],
  "src/bridge": ["src/protocol", "src/telemetry", "src/util"],
  "src/supervisor": ["src/telemetry", "src/util"],
  "src/liveness": ["src/bridge/bridge", "src/protocol", "src/telemetry", "src/util"],
  "src/control": ["src/protocol/v1/username", "src/telemetry", "src/util"],
  "src/pipeline": [
    "src/actions",
    "src/bridge/bridge",
    "src/protocol",
    "src/store/identifiers",
    "src/store/rows",
    "src/telemetry",
    "src/util",
  ],
  "src/client": ["src/config/secret", "src/identity/sealed-file", "src/protocol", "src/util"],
  "src/page": [],
  "nym-client": ["src/protocol", "src/util"],
};

/** Folders that know nothing of others, not even types: they are used alone, or by everybody. */
const PURE = ["src/util", "src/protocol", "nym-client"];

const TYPES_APART = { dependencyTypesNot: ["type-only"] };

const boundary = ([folder, others]) => ({
  name: `${folder.replace("src/", "")}-keeps-to-itself`,
  comment: `${folder} uses nothing but ${["itself", ...others].join(", ")}.`,
  severity: "error",
  from: { path: `^${folder}/` },
  to: {
    path: "^(src|nym-client|scripts|test)/",
    pathNot: `^(${[folder, ...others].join("|")})[/.]`,
    ...(PURE.includes(folder) ? {} : TYPES_APART),
  },
});

const onePlaceFor = (what, comment, path, folders) => ({
  name: `one-place-for-${what}`,
  comment,
  severity: "error",
  from: { pathNot: `^(${folders.join("|")})/` },
  to: { path, ...TYPES_APART },
});

module.exports = {
  forbidden: [
    {
      name: "no-cycles",
      comment: "A cycle hides which of two parts is the lower one.",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: TYPES_APART },
    },
    {
      name: "nothing-unresolved",
      comment:
        "What is imported exists. (The example page imports the library by its public name: the compiler checks that.)",
      severity: "error",
      from: {},
      to: { couldNotResolve: true, pathNot: "^nym-directory/client/browser$" },
    },
    ...Object.entries(MAY_USE).map(boundary),
    {
      name: "the-product-stands-alone",
      comment: "Nothing that ships imports scripts or tests, from wherever it is wired.",
      severity: "error",
      from: { path: "^(src|nym-client)/" },
      to: { path: "^(scripts|test)/" },
    },
    {
      name: "what-is-built-needs-no-tests",
      comment: "The container is built without them (.dockerignore).",
      severity: "error",
      from: { path: "^scripts/" },
      to: { path: "^test/" },
    },
    {
      name: "production-dependencies-only",
      comment: "What ships runs without the tools that built it.",
      severity: "error",
      from: { path: "^(src|nym-client)/" },
      to: { dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"], ...TYPES_APART },
    },
    onePlaceFor("winston", "Redaction stands in one folder.", "node_modules/winston/", ["src/telemetry"]),
    onePlaceFor(
      "websockets",
      "The bridge, the client library's transport, the loopback mixnet, the load generator, and the demonstration.",
      "node_modules/ws/",
      ["src/bridge", "src/client", "nym-client", "scripts/bench", "scripts/demo", "test"],
    ),
    onePlaceFor("sqlite", "Behind the Store interface.", "node_modules/better-sqlite3/", [
      "src/store/sqlite",
      "scripts/bench",
      "test",
    ]),
  ],
  options: {
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^dist/" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default", "types"] },
  },
};
