import { startComponents } from "./components";
import { startOffline } from "./offline";
import { startPosition } from "./position";

startComponents();
startPosition();
void startOffline();
