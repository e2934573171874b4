// Coordinators' pages: weights tried while a slider moves.
import { startTrying } from "./trying";

startTrying();
