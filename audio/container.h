// Where the samples of a sound file are and how many, found in the file's own bytes before a
// decoder sees them: libsndfile shortens what is cut off, and believes estimates, without a word.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sonant {

// What a decoder is to be given.
struct Audio {
  std::span<const std::byte> bytes;  // the caller's, without tags round them, or `own`
  std::vector<std::byte> own = {};   // a copy, where a header had to be put right
  std::int64_t samples = -1;         // of each channel; -1: the decoder's own count is no estimate
  // The length that the decoder is told, where it would estimate the number of samples from it and
  // stop there (mp3); 0: the truth.
  std::size_t claimed = 0;
  std::vector<std::string> notes = {};  // what a person should know
};

// A size in a header may be wrong by so many bytes: recorders count the header itself, or die
// between writing the samples and writing their number.
inline constexpr std::size_t kSizeTolerance = 64;

// Knows RIFF, RIFX, RF64, BW64, AIFF, AIFC, 8SVX, W64, CAF, AU, NIST, FLAC, Ogg and MPEG frames,
// alone and in a wav; anything else is left to the decoder. Tags (ID3, APE, Lyrics3) in front and
// behind are cut off. Error, naming `name`, if the header promises more than kSizeTolerance bytes
// that are not there.
Audio find_audio(std::span<const std::byte> file, const std::string& name);

// The parts of it, each for a kind of container.

inline std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
// A whole number of n bytes; those that are past the end count as 0.
std::uint64_t number_at(std::span<const std::byte> bytes, std::size_t at, std::size_t n,
                        bool big_endian);
// Bytes that a tag takes which starts at `at`, or 0. It may reach past the end.
std::size_t tag_length(std::span<const std::byte> bytes, std::size_t at);
// Without the tags that end where the bytes end.
std::span<const std::byte> without_end_tags(std::span<const std::byte> bytes);
bool all_zero(std::span<const std::byte> bytes);

// Chunks: RIFF and its relatives. False if the bytes are nothing of the kind.
bool find_in_chunks(Audio& audio, const std::string& name);
// A header, then samples: AU, NIST.
bool find_behind_header(Audio& audio, const std::string& name);
// Pages and frames that end in a checksum: Ogg, FLAC.
bool check_stream(const Audio& audio, const std::string& name);
// MPEG audio frames, layers 1 to 3. `sure` where a tag or a wav header says that this is what they
// are; otherwise they have to look like it from the first byte on.
bool find_mpeg(Audio& audio, bool sure, const std::string& name);

}  // namespace sonant
