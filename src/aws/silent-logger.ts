/** For SDK clients and credential providers: left to themselves they write their warnings to the console, into the middle of the screen. */
export const SILENT_LOGGER = { debug() {}, info() {}, warn() {}, error() {} };
