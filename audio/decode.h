// Sound files in and out: whatever libsndfile reads becomes mono samples in double, at the file's
// rate.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace sonant {

struct Sound {
  std::vector<double> samples;  // mono, full scale is [-1, 1)
  int sample_rate = 0;          // Hz, of the samples
  int channels = 0;             // of the file; `samples` is their average
  // What a person should know of how the file was read, each one line without its name.
  std::vector<std::string> notes = {};
  double seconds() const { return static_cast<double>(samples.size()) / sample_rate; }
};

struct DecodeLimits {
  // Compressed silence can claim years in a few bytes; 2^28 samples are 93 minutes at 48 kHz, 2
  // GiB.
  std::size_t max_samples = std::size_t{1} << 28;
};

// Reads a wav, flac, ogg or mp3 file (mp3 as libsndfile was built), or the same from a pipe. Where
// the samples are is found by container.h; a header that is wrong by a little gives a note.
// Error, in one line that names the file, if it is missing, a directory, empty, a git-lfs pointer,
// not a sound file, truncated, damaged, without samples, with NaN or infinite samples, or over the
// limits. A sound of one sample is valid here; extract_features has its own shortest sound. Any
// number of threads may decode at once.
Sound decode(const std::filesystem::path& path, const DecodeLimits& limits = {});

// The same from bytes in memory; `name` is what errors call them.
Sound decode(std::span<const std::byte> bytes, const std::string& name,
             const DecodeLimits& limits = {});

// Writes mono 16-bit PCM wav beside `path` and renames. Samples outside [-1, 1) are clipped; a
// sample that is a multiple of 1/32768 is read back by decode() bit for bit. Error if there is no
// sample, one is not finite, sample_rate < 1, or the file cannot be written.
void write_wav(const std::filesystem::path& path, std::span<const double> samples, int sample_rate);
// The file that write_wav() would write; `name` is what errors call it.
std::vector<std::byte> wav_bytes(std::span<const double> samples, int sample_rate,
                                 const std::string& name);

}  // namespace sonant
