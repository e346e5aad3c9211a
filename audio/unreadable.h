// What a file is that the decoder does not read, and how to make one of it that it does.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace sonant {

// In one line: what the bytes look like ("MP4 (m4a, AAC)"), which containers can be read here, and
// the command that converts the file where it holds sound.
std::string why_unreadable(std::span<const std::byte> bytes, const std::string& name);

}  // namespace sonant
