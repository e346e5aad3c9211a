#include <sonant/audio/container.h>

#include <algorithm>

#include <sonant/core/error.h>

namespace sonant {
namespace {

// ID3v2: its size is four times seven bits and leaves out this header and, at the end, its copy.
std::size_t id3v2_length(std::span<const std::byte> bytes, std::size_t at) {
  const std::uint64_t size = number_at(bytes, at + 6, 4, true);
  if (bytes.size() - at < 10 || (size & 0x80808080u) != 0 ||
      (number_at(bytes, at + 3, 2, true) & 0x8080u) != 0)
    return 0;
  const bool footer = (number_at(bytes, at + 5, 1, true) & 0x10) != 0;
  const std::uint64_t length =
      (size >> 24) << 21 | (size >> 16 & 0x7f) << 14 | (size >> 8 & 0x7f) << 7 | (size & 0x7f);
  return static_cast<std::size_t>(length) + (footer ? 20 : 10);
}

// Where a tag that ends here begins; the end itself if there is none.
std::size_t start_of_end_tag(std::span<const std::byte> bytes) {
  const std::string_view text = as_text(bytes);
  const std::size_t end = text.size();
  const auto starts = [&](std::size_t back, std::string_view word) {
    return end >= back && text.substr(end - back).starts_with(word);
  };
  const auto less = [&](std::uint64_t length) {
    return length <= end ? end - static_cast<std::size_t>(length) : end;
  };
  if (starts(128, "TAG")) return starts(128 + 227, "TAG+") ? end - 128 - 227 : end - 128;
  if (starts(32, "APETAGEX")) {
    const bool has_header = (number_at(bytes, end - 32 + 23, 1, false) & 0x80) != 0;
    return less(number_at(bytes, end - 32 + 12, 4, false) + (has_header ? 32 : 0));
  }
  if (starts(9, "LYRICS200") && end >= 15) {
    std::uint64_t length = 15;
    for (std::uint64_t i = 0, unit = 1; i < 6; ++i, unit *= 10) {
      const char digit = text[end - 10 - i];
      if (digit < '0' || digit > '9') return end;
      length += unit * static_cast<std::uint64_t>(digit - '0');
    }
    return less(length);
  }
  if (starts(9, "LYRICSEND")) {
    const std::size_t begin = text.rfind("LYRICSBEGIN");
    return begin != text.npos && end - begin <= 5200 ? begin : end;
  }
  if (starts(10, "3DI")) {
    std::vector<std::byte> header(bytes.end() - 10, bytes.end());
    return less(id3v2_length(header, 0));
  }
  return end;
}

// Several tags may follow each other, and zeros them. False: there were none.
bool skip_front_tags(Audio& audio, const std::string& name) {
  bool skipped = false;
  for (std::size_t length = 0; (length = tag_length(audio.bytes, 0)) != 0; skipped = true) {
    check(length <= audio.bytes.size(), "decode", name, ": truncated: its tag promises ", length,
          " bytes, the file holds ", audio.bytes.size());
    audio.bytes = audio.bytes.subspan(length);
    const auto something = std::find_if(audio.bytes.begin(), audio.bytes.end(),
                                        [](std::byte b) { return b != std::byte{0}; });
    audio.bytes = audio.bytes.subspan(static_cast<std::size_t>(something - audio.bytes.begin()));
    check(!audio.bytes.empty(), "decode", name, ": no sound in the file, only a tag");
  }
  return skipped;
}

}  // namespace

std::uint64_t number_at(std::span<const std::byte> bytes, std::size_t at, std::size_t n,
                        bool big_endian) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t place = at + (big_endian ? i : n - 1 - i);
    const auto byte = place < bytes.size() ? std::to_integer<std::uint64_t>(bytes[place]) : 0;
    value = value << 8 | byte;
  }
  return value;
}

std::size_t tag_length(std::span<const std::byte> bytes, std::size_t at) {
  const std::string_view text = as_text(bytes).substr(std::min(at, bytes.size()));
  if (text.starts_with("ID3")) return id3v2_length(bytes, at);
  if (text.starts_with("APETAGEX") && text.size() >= 32)
    return 32 + static_cast<std::size_t>(number_at(bytes, at + 12, 4, false));
  return 0;
}

std::span<const std::byte> without_end_tags(std::span<const std::byte> bytes) {
  for (std::size_t start = 0; (start = start_of_end_tag(bytes)) < bytes.size();)
    bytes = bytes.first(start);
  return bytes;
}

bool all_zero(std::span<const std::byte> bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0}; });
}

Audio find_audio(std::span<const std::byte> file, const std::string& name) {
  Audio audio{.bytes = file};
  const bool tagged = skip_front_tags(audio, name);
  // A header that gives the size of what follows says where the samples end; streams do not.
  if (find_in_chunks(audio, name) || find_behind_header(audio, name)) return audio;
  audio.bytes = without_end_tags(audio.bytes);
  if (check_stream(audio, name)) return audio;
  find_mpeg(audio, tagged, name);
  return audio;
}

}  // namespace sonant
