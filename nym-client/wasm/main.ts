/** Nym's WASM client as a program: a Nym client without a binary. */
import { parseArguments } from "./arguments.js";
import { takeOverConsole } from "./log.js";
import { startNymEngine } from "./nym-engine.js";
import { runProgram } from "./program.js";

const BANNER = `
  ############################################################################
  #  This is Nym's WASM client in Node: to TRY the mixnet, NOT TO SERVE it.  #
  #  Its reply blocks are lost whenever it ends, it cannot reconnect, and    #
  #  nobody supports it in this place. Run nym-client to serve.              #
  ############################################################################

`;

const { engine, program } = parseArguments(process.argv);
process.stderr.write(BANNER);
takeOverConsole();
process.exit(await runProgram((events) => startNymEngine(engine, events), program));
