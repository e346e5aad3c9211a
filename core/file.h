// Whole files: read with one clear error each, written so that a kill leaves the old file or the
// new one.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sonant/core/error.h>

namespace sonant {

// The bytes of a file, or of a pipe until it closes. Error, naming `path`, if it is missing, a
// directory, unreadable or longer than max_bytes. `op` is the operation that the error names.
std::vector<std::byte> read_file(const std::filesystem::path& path, const char* op,
                                 std::size_t max_bytes = std::size_t{1} << 31);

// The same as text; its encoding is not looked at.
std::string read_text(const std::filesystem::path& path, const char* op,
                      std::size_t max_bytes = std::size_t{1} << 31);

// Writes the parts, one behind the other, beside the target, fsyncs and renames over it. Error,
// naming `path`, if the folder is missing or not writable or the disk is full; the target is then
// what it was and nothing is left beside it. A link is followed; a device or a pipe is written to
// directly.
void write_file(const std::filesystem::path& path,
                std::span<const std::span<const std::byte>> parts, const char* op);
inline void write_file(const std::filesystem::path& path, std::span<const std::byte> bytes,
                       const char* op) {
  write_file(path, std::span(&bytes, 1), op);
}
inline void write_file(const std::filesystem::path& path, std::string_view text, const char* op) {
  write_file(path, std::as_bytes(std::span(text.data(), text.size())), op);
}

// Writes a file where there is none, whole or not at all: true; false, and nothing is changed, if
// there is one. Of several writers, on any host that shares the folder, one is told true. Error,
// naming `path`, if it cannot be written.
bool create_file(const std::filesystem::path& path, std::string_view text, const char* op);

// 16 letters and digits that no other call on any host has been given.
std::string unique_name();

// Which processes can be told from each other by their numbers: those of one kernel and namespace.
// Two hosts, and two containers of one host, are two neighbourhoods.
std::string neighbourhood();

// Removes what write_file() and create_file() left in the folder when their process was killed.
// gone: of processes that can be known to be, by their numbers in this neighbourhood. anybody: of a
// folder that nobody has anything to write to any more. Never fails.
enum class Sweep { gone, anybody };
void sweep_temporaries(const std::filesystem::path& folder, Sweep whose = Sweep::gone) noexcept;

// Writes the text behind what is there, in one piece: a reader sees all of it or nothing, as long
// as the disk has room. A file that is not there is made. Error, naming `path`, if that fails.
void append_file(const std::filesystem::path& path, std::string_view text, const char* op);

// The folder and those that it is in, if they are not there. Error, naming `path`.
void make_folder(const std::filesystem::path& path, const char* op);

// The error that write_file() would give now, before work that takes hours; nothing is changed.
void check_writable(const std::filesystem::path& path, const char* op);

}  // namespace sonant
