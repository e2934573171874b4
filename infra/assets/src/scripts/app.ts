import { startComponents } from "./components";

startComponents();
