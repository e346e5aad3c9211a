// One HTML file that tells how a run went: no script, no network, for screens of any width, light
// or dark, and for paper.
#pragma once

#include <string>

#include <sonant/train/result.h>

namespace sonant {

// The whole page as UTF-8. Every text from outside (names, paths, reasons) is escaped.
std::string html_report(const RunResult& result);

}  // namespace sonant
