// MPEG audio: frames with a header of four bytes each, and nothing that says how many. libsndfile
// takes their number from a Xing frame at the start, and without one estimates it from the size of
// the first frame, and stops there. So the frames are counted here.
#include <sonant/audio/container.h>

#include <algorithm>
#include <array>
#include <optional>

#include <sonant/core/error.h>
#include <sonant/core/numbers.h>

namespace sonant {
namespace {

using Bytes = std::span<const std::byte>;

struct Frame {
  std::uint32_t header;
  std::size_t size;  // bytes; 0: a free bit rate, which the header does not tell
  int samples;
  int layer;
  bool lsf, mono;  // MPEG 2 and 2.5: half the rate
};

constexpr int kRates[3] = {44100, 48000, 32000};
// kbit/s by MPEG version (1, then 2 and 2.5), layer, index.
constexpr std::array<std::array<std::array<int, 15>, 3>, 2> kBitRates = {
    {{{{0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448},
       {0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384},
       {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320}}},
     {{{0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256},
       {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160},
       {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160}}}}};

std::optional<Frame> frame_at(Bytes bytes, std::size_t at) {
  if (at > bytes.size() || bytes.size() - at < 4) return std::nullopt;
  const auto h = static_cast<std::uint32_t>(number_at(bytes, at, 4, true));
  const unsigned version = h >> 19 & 3, layer_code = h >> 17 & 3, rate = h >> 10 & 3;
  const std::size_t bit_rate = h >> 12 & 15;
  if (h >> 21 != 0x7ff || version == 1 || layer_code == 0 || bit_rate == 15 || rate == 3)
    return std::nullopt;
  Frame f{h, 0, 1152, static_cast<int>(4 - layer_code), version != 3, (h >> 6 & 3) == 3};
  if (f.layer == 1) f.samples = 384;
  if (f.layer == 3 && f.lsf) f.samples = 576;
  const int hertz = kRates[rate] >> (version == 3 ? 0 : version == 2 ? 1 : 2);
  const int bits = 1000 * kBitRates[f.lsf ? 1 : 0][static_cast<std::size_t>(f.layer - 1)][bit_rate];
  const int slot = f.layer == 1 ? 4 : 1;
  if (bits > 0)
    f.size = static_cast<std::size_t>(
        slot * (f.samples / 8 / slot * bits / hertz + static_cast<int>(h >> 9 & 1)));
  return f;
}

// Frames of one stream: the same version, layer, rate, and one channel or more, as the decoder
// sees it.
bool same_stream(const Frame& a, const Frame& b) {
  return ((a.header ^ b.header) & 0xfffe0c00u) == 0 && a.mono == b.mono;
}

// Whether a frame of this stream begins here and the next one behind it, or the end, or a tag.
bool confirmed(Bytes bytes, std::size_t at, const Frame& stream) {
  const auto frame = frame_at(bytes, at);
  if (!frame || !same_stream(*frame, stream) || frame->size == 0) return false;
  const std::size_t next = at + frame->size;
  if (next >= bytes.size()) return next <= bytes.size() + kSizeTolerance;
  const auto after = frame_at(bytes, next);
  return (after && same_stream(*after, stream)) || tag_length(bytes, next) != 0;
}

// The frame at the start that holds no sound but facts about the others.
struct Info {
  std::uint64_t count = 0, bytes = 0;  // of all frames; 0: it does not tell
  // Where they stand within a frame that the decoder knows, and LAME's delay and padding; or 0.
  std::size_t count_at = 0, bytes_at = 0, padding_at = 0;
};

std::optional<Info> info_in(Bytes frame, const Frame& header) {
  if (header.layer != 3) return std::nullopt;
  const std::string_view text = as_text(frame);
  if (text.size() >= 54 && text.substr(36, 4) == "VBRI")
    return Info{.count = number_at(frame, 50, 4, true)};
  const std::size_t side = header.lsf ? (header.mono ? 9 : 17) : (header.mono ? 17 : 32);
  std::size_t at = 4 + side;
  if (text.size() < at + 8 || (text.substr(at, 4) != "Xing" && text.substr(at, 4) != "Info") ||
      !all_zero(frame.subspan(6, at - 6)))
    return std::nullopt;
  const std::uint64_t flags = number_at(frame, at + 4, 4, true);
  Info info;
  at += 8;
  if ((flags & 1) != 0 && at + 4 <= frame.size()) {
    info.count_at = at;
    info.count = number_at(frame, at, 4, true);
    at += 4;
  }
  if ((flags & 2) != 0 && at + 4 <= frame.size()) {
    info.bytes_at = at;
    info.bytes = number_at(frame, at, 4, true);
    at += 4;
  }
  if ((flags & 4) != 0) at += 100;
  if ((flags & 8) != 0) at += 4;
  if (at + 24 <= frame.size() && frame[at] != std::byte{0}) info.padding_at = at + 21;
  return info;
}

// The frames one behind the other, and what lay between them.
struct Walk {
  std::vector<std::byte> frames;
  std::uint64_t count = 0;
  std::size_t strange = 0;     // bytes that are neither frames nor tags nor zeros at the end
  std::size_t strange_at = 0;  // the last of them
  std::size_t missing = 0;     // bytes that the last frame lacks
};

void step_over_strange(Bytes bytes, std::size_t& at, const Frame& stream, Walk& walk) {
  const std::size_t start = at;
  while (at < bytes.size() && !confirmed(bytes, at, stream) && tag_length(bytes, at) == 0) ++at;
  if (at == bytes.size() && all_zero(bytes.subspan(start))) return;
  walk.strange += at - start;
  walk.strange_at = start;
}

Walk walk_frames(Bytes bytes, std::size_t at, const Frame& stream) {
  Walk walk;
  walk.frames.reserve(bytes.size() - at + kSizeTolerance);
  while (at < bytes.size()) {
    const auto frame = frame_at(bytes, at);
    if (!frame || !same_stream(*frame, stream) || frame->size == 0) {
      const std::size_t length =
          as_text(bytes).substr(at, 3) == "TAG" ? 128 : tag_length(bytes, at);
      if (length != 0)
        at = length > bytes.size() - at ? bytes.size() : at + length;
      else
        step_over_strange(bytes, at, stream, walk);
      continue;
    }
    const Bytes there = bytes.subspan(at, std::min(frame->size, bytes.size() - at));
    walk.missing = frame->size - there.size();
    if (walk.missing > kSizeTolerance) break;
    walk.frames.insert(walk.frames.end(), there.begin(), there.end());
    walk.frames.resize(walk.frames.size() + walk.missing);
    ++walk.count;
    at += there.size();
  }
  return walk;
}

void write_number(std::vector<std::byte>& bytes, std::size_t at, std::uint64_t value) {
  for (std::size_t i = 0; at != 0 && i < 4; ++i)
    bytes[at + i] = static_cast<std::byte>(value >> 8 * (3 - i));
}

// The header's numbers against what is there. Where they are wrong, but nothing is missing, they
// are put right: the decoder stops at them.
void settle_count(Walk& walk, const Info& info, std::size_t file_bytes, Audio& audio,
                  const std::string& name) {
  // Some writers count the frame itself in which the number stands.
  const bool counts_itself =
      walk.count > 0 && info.count == walk.count + 1 && info.bytes <= file_bytes + kSizeTolerance;
  check(info.count <= walk.count || counts_itself, "decode", name,
        ": truncated: its header promises ", info.count, " frames, the file holds ", walk.count);
  write_number(walk.frames, info.count_at, walk.count);
  write_number(walk.frames, info.bytes_at, walk.frames.size());
  if (info.count >= walk.count) return;
  // What was the end is not any longer, and has no padding to be cut off.
  if (info.padding_at != 0) {
    walk.frames[info.padding_at + 1] &= std::byte{0xf0};
    walk.frames[info.padding_at + 2] = std::byte{0};
  }
  audio.notes.push_back("its header counts " + std::to_string(info.count) +
                        " frames, the file holds " + std::to_string(walk.count) + ": all are read");
}

// Nobody counted, or not exactly: everything has to explain itself.
void check_whole(const Walk& walk, const std::optional<Info>& info, const std::string& name) {
  check(!info || info->count <= walk.count + 1, "decode", name, ": truncated: its header promises ",
        info ? info->count : 0, " frames, the file holds ", walk.count);
  check(walk.missing <= kSizeTolerance, "decode", name, ": truncated: its last frame promises ",
        walk.missing, " bytes more than the file holds");
  check(walk.strange <= kSizeTolerance, "decode", name, ": damaged: ", walk.strange,
        " bytes, the last from byte ", walk.strange_at, " of the stream on, are no mp3 frames");
}

// Where the first frame is; a recording of a broadcast begins in the middle of one.
std::optional<std::size_t> first_frame(Bytes bytes, bool sure) {
  const std::size_t limit = std::min<std::size_t>(bytes.size(), sure ? 65536 : 1);
  for (std::size_t at = 0; at < limit; ++at) {
    const auto frame = frame_at(bytes, at);
    if (frame && confirmed(bytes, at, *frame)) return at;
  }
  return std::nullopt;
}

}  // namespace

bool find_mpeg(Audio& audio, bool sure, const std::string& name) {
  const Bytes bytes = without_end_tags(audio.bytes);
  const auto at = first_frame(bytes, sure);
  const auto start = frame_at(bytes, at.value_or(0));
  if (!start) return false;
  if (!at) {
    check(start->size == 0, "decode", name,
          ": not a readable sound file: it begins like an mp3, but no second frame follows");
    // A free bit rate is the same in every frame: an estimate that reaches far enough is right.
    audio.claimed = 16 * bytes.size() + 4096;
    return true;
  }
  const Bytes first = bytes.subspan(*at, std::min(start->size, bytes.size() - *at));
  const auto info = info_in(first, *start);
  if (*at > 0)
    audio.notes.push_back(count_of(static_cast<std::int64_t>(*at), "byte") +
                          " in front of its first frame left out: they are no whole one");
  Walk walk = walk_frames(bytes, *at, *start);
  if (walk.missing > 0 && walk.missing <= kSizeTolerance)
    audio.notes.push_back("its last frame promises " +
                          count_of(static_cast<std::int64_t>(walk.missing), "byte") +
                          " more than the file holds: it is read as far as it goes");
  if (info) --walk.count;
  if (info && info->count > 0 && info->count_at > 0) {
    settle_count(walk, *info, audio.bytes.size() - *at, audio, name);
  } else {
    check_whole(walk, info, name);
    check(walk.count > 0, "decode", name, ": no samples in the file");
    const auto behind = [&](std::size_t size) {
      return walk.frames.begin() + static_cast<std::ptrdiff_t>(size);
    };
    if (info) walk.frames.erase(walk.frames.begin(), behind(first.size()));
    audio.samples = static_cast<std::int64_t>(walk.count) * start->samples;
    // The decoder's estimate is its claimed length over the size of the first frame, of which none
    // has 2048 bytes.
    audio.claimed = (walk.count + 4) * 2048;
    // A single frame it refuses, so a silent one follows, which is not read.
    const auto size = walk.frames.size();
    if (walk.count == 1) walk.frames.resize(2 * size);
    if (walk.count == 1) std::copy_n(walk.frames.begin(), 4, behind(size));
  }
  audio.own = std::move(walk.frames);
  audio.bytes = audio.own;
  return true;
}

}  // namespace sonant
