// The calendar's pages.
import "./sheet.js";
