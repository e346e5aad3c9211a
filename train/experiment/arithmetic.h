// The kind of arithmetic that an experiment is computed with. Version, kernel, instruction set and
// OpenBLAS core decide the last bits, so all who work on an experiment must have the same; the
// first of them writes down its own, in experiment.json.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include <sonant/core/json.h>
#include <sonant/train/environment.h>

namespace sonant {

// As it stands in experiment.json under "arithmetic". mixed: every worker has its own.
Json arithmetic_json(const Environment& e, bool mixed);

// What the experiment in the folder is computed with. Nothing if it is not begun, if it is mixed,
// or if it was begun by a version that did not write it down.
std::optional<Environment> arithmetic_in(const std::filesystem::path& folder);

// Makes this process compute as they do, before it computes anything: a host that can do more caps
// its instruction set, which `note` is told. Error for one that cannot. What is left is "" or the
// OpenBLAS core that the process has to be started with, which OpenBLAS reads but once, from
// OPENBLAS_CORETYPE.
std::string adopt_arithmetic(const Environment& there,
                             const std::function<void(const std::string&)>& note);

// "" or the error that says how this process differs, and what would be right.
std::string arithmetic_difference(const Environment& there, const Environment& here);

}  // namespace sonant
