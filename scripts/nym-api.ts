/**
 * A stand-in for nym-api on 127.0.0.1, for trying how a Nym client behaves when its gateway is not there: the network
 * that it tells of has one gateway, at a port of this machine.
 */
import { Command } from "commander";
import { startNymApi } from "../test/support/nym-api.js";

const { port, gatewayPort } = new Command("nym-api")
  .description("Answers what a Nym client asks of nym-api, on 127.0.0.1, until Ctrl-C.")
  .option("--port <port>", "where it listens; 0: any", Number, 8000)
  .option("--gateway-port <port>", "where the network's only gateway takes clients", Number, 9000)
  .parse()
  .opts<{ readonly port: number; readonly gatewayPort: number }>();

const api = await startNymApi({ port, gateways: [{ wsPort: gatewayPort }] });
console.log(JSON.stringify({ url: api.url, gateway: api.gatewayKeys[0] }));
process.once("SIGINT", () => void api[Symbol.asyncDispose]());
process.once("SIGTERM", () => void api[Symbol.asyncDispose]());
