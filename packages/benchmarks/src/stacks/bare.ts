/** The floor: parsed, not checked, placed. */
export { placeUnchecked as handler } from "./order.ts";
