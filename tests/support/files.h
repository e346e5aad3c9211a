// Files and tools that tests need around them.
#pragma once

#include <filesystem>
#include <string>

namespace sonant::test {

// The folders tests and ../shared, which CMake names to files.cpp alone: the other objects are the
// same wherever the checkout is, so that a compiler cache serves every one.
std::filesystem::path test_dir();
std::filesystem::path shared_dir();

// tests/golden/NAME, which is in the repository.
std::filesystem::path golden(const std::string& name);

// golden/NAME of the reference data beside the repository; empty, after a printed message, where
// that data is absent: the test then returns.
std::filesystem::path shared_golden(const std::string& name);

// The path as a word of a shell's command line.
std::string quoted(const std::filesystem::path& path);

// A Python 3 that can import `module`, or empty after a printed message.
std::string python_with(const std::string& module);

}  // namespace sonant::test
