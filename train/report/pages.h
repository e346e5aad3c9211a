// The texts in train/report/pages: style sheets, scripts and templates of the HTML pages. The build
// puts them into the library (train/CMakeLists.txt), so that an installed program needs no other
// file.
#pragma once

#include <initializer_list>
#include <string>
#include <utility>

namespace sonant::pages {

extern const char* const style_css;     // of every page
extern const char* const inspect_css;   // what `sonant inspect` adds
extern const char* const inspect_html;  // the body, with {{slots}}
extern const char* const inspect_js;

// The template with {{name}} replaced by the values, which are HTML already. Error if a slot has no
// value or a value no slot.
std::string fill_in(const std::string& text,
                    std::initializer_list<std::pair<const char*, std::string>> values);

}  // namespace sonant::pages
