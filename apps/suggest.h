// "unknown option --epohcs (did you mean --epochs?)"
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace sonant::apps {

// What is unknown in argv to this command, with the nearest word it knows; "" if nothing is.
std::string unknown_word(const CLI::App& command, int argc, char** argv);

}  // namespace sonant::apps
