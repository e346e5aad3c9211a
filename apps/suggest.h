// "unknown option --epohcs (did you mean --epochs?)"
#pragma once

#include <string>

#include "command_line.h"

namespace sonant::apps {

// What in argv is unknown to the command that it names, with the nearest word known; "" if nothing.
std::string unknown_word(const Program& program, int argc, char** argv);

}  // namespace sonant::apps
