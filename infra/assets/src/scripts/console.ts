// Coordinators' pages: news as they come, weights tried while a slider moves.
import { startLive } from "./live";
import { startTrying } from "./trying";

startLive();
startTrying();
