// "unknown option --epohcs (did you mean --epochs?)"
#pragma once

#include <string>
#include <vector>

#include "command_line.h"

namespace sonant::apps {

// The one of `words` that was probably meant; "" if none is near.
std::string nearest(const std::string& word, const std::vector<std::string>& words);

// What in argv is unknown to the command that it names, with the nearest word known; "" if nothing.
std::string unknown_word(const Program& program, int argc, char** argv);

}  // namespace sonant::apps
