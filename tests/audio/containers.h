// Sound files made by hand, of every kind of container, with headers that say what the test wants.
#pragma once

#include <sonant/audio/decode.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sonant::test {

inline std::string little(std::uint64_t value, int bytes) {
  std::string s;
  for (int i = 0; i < bytes; ++i) s += static_cast<char>(value >> 8 * i & 0xff);
  return s;
}
inline std::string big(std::uint64_t value, int bytes) {
  const std::string s = little(value, bytes);
  return {s.rbegin(), s.rend()};
}

Sound decode_text(std::string_view bytes, const std::string& name = "x.snd");
std::string seed_text(const std::string& name);  // of fuzz/seeds
std::string joined(const std::vector<std::string>& frames);

// A file of 16-bit mono samples at 8000 Hz. `data` is in the container's byte order; its header
// promises `promised` bytes of it, and `tail` stands behind it.
struct ContainerKind {
  const char* name;
  bool big_endian;
  std::uint64_t unknown;  // what a recorder into a pipe promises; 0: there is no such thing
  std::string (*make)(const std::string& data, std::uint64_t promised, const std::string& tail);
};
const std::vector<ContainerKind>& container_kinds();

std::string pcm16(const std::vector<int>& samples, bool big_endian);
std::vector<int> ramp(std::size_t n);  // no two halves alike, none is 0

// Chunks with the right size; odd ones are padded.
std::string riff_chunk(const std::string& name, const std::string& content);
std::string wav_format(int tag, int channels, int rate, int bits);
// A wav of any format around any bytes.
std::string wav_around(const std::string& format, const std::string& data);

// Tags.
std::string id3v2(std::size_t content, bool footer = false);
std::string id3v1();
std::string ape(std::size_t content, bool header);
std::string lyrics3(std::size_t content);

// MPEG frames that decode to silence.
struct MpegFormat {
  int version = 1;  // 1, 2, 3 (for 2.5)
  int layer = 3;
  int rate_index = 0;
  bool mono = true;
};
std::string mpeg_frame(int bit_rate_index, const MpegFormat& format = {});
// The frame at the start of a stream that counts the others; the fields that are < 0 are left out.
std::string xing_frame(std::int64_t frames, std::int64_t bytes, const MpegFormat& format = {});
std::string vbri_frame(std::uint32_t frames, const MpegFormat& format = {});

}  // namespace sonant::test
