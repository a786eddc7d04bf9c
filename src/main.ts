#!/usr/bin/env node
/** The command `nym-directory`. Signals are heard before anything else is loaded, so that none of them ends it in its own way. */
import { hearStopSignals } from "./cli/stop-signals.js";

hearStopSignals();
const { runProgram } = await import("./cli/program.js");
const code = await runProgram(process.argv.slice(2));
if (code !== undefined) process.exitCode = code;
