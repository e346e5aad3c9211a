// Streams of pages and frames, which end in a checksum each: Ogg and FLAC.
#include <sonant/audio/container.h>

#include <algorithm>
#include <map>

#include <sonant/core/error.h>

namespace sonant {
namespace {

using Bytes = std::span<const std::byte>;

// Pages begin with "OggS" and say how long they are; the last one of each stream says that it is.
void check_ogg(Bytes bytes, const std::string& name) {
  std::map<std::uint64_t, bool> ended;  // by the stream's serial number
  for (std::size_t at = 0; at < bytes.size();) {
    if (as_text(bytes).substr(at, 4) != "OggS") {
      const std::size_t next = as_text(bytes).find("OggS", at);
      check(next == std::string_view::npos, "decode", name, ": damaged: ", next - at,
            " bytes from byte ", at, " on are no Ogg page");
      break;  // something behind the last page
    }
    const std::uint64_t segments = number_at(bytes, at + 26, 1, false);
    std::uint64_t size = 27 + segments;
    for (std::size_t i = 0; i < segments; ++i) size += number_at(bytes, at + 27 + i, 1, false);
    const std::size_t rest = bytes.size() - at;
    check(size <= rest && rest >= 27, "decode", name,
          ": truncated: its last page promises at least ", size, " bytes, the file holds ", rest);
    const bool last = (number_at(bytes, at + 5, 1, false) & 4) != 0;
    ended[number_at(bytes, at + 14, 4, false)] = last;
    at += static_cast<std::size_t>(size);
  }
  const bool whole = std::all_of(ended.begin(), ended.end(), [](auto& s) { return s.second; });
  check(whole, "decode", name, ": truncated: its last page is missing");
}

// FLAC's checksum of a frame, with which it ends, so that it is 0 over the whole of it.
std::uint16_t crc16(Bytes bytes) {
  unsigned crc = 0;
  for (const std::byte b : bytes) {
    crc ^= std::to_integer<unsigned>(b) << 8;
    for (int i = 0; i < 8; ++i) crc = (crc << 1 ^ ((crc & 0x8000) != 0 ? 0x8005 : 0)) & 0xffff;
  }
  return static_cast<std::uint16_t>(crc);
}

// The encoder wrote into a pipe and left the number of samples open. Then the decoder takes what it
// finds; that the last frame is whole is seen from its checksum.
void check_open_flac(Bytes bytes, const std::string& name) {
  int tried = 0;  // places that look like a frame's start; one in 32768 does by chance
  for (std::size_t at = bytes.size() - std::min<std::size_t>(bytes.size(), 2); at > 4; --at) {
    if ((number_at(bytes, at, 2, true) & 0xfffeu) != 0xfff8u) continue;
    if (crc16(bytes.subspan(at)) == 0) return;
    if (++tried == 64 || bytes.size() - at > std::size_t{1} << 20) break;
  }
  if (tried == 0) return;  // no frame at all
  fail("decode", name, ": truncated: its last frame is not whole");
}

}  // namespace

bool check_stream(const Audio& audio, const std::string& name) {
  const std::string_view text = as_text(audio.bytes);
  if (text.starts_with("OggS")) {
    check_ogg(audio.bytes, name);
    return true;
  }
  if (!text.starts_with("fLaC")) return false;
  // STREAMINFO comes first; the number has 36 bits.
  if (text.size() >= 42 && (number_at(audio.bytes, 21, 5, true) & 0xf'ffff'ffffu) == 0)
    check_open_flac(audio.bytes, name);
  return true;
}

}  // namespace sonant
