// RIFF and its relatives: chunks, each with a name and a size.
#include <sonant/audio/container.h>

#include <algorithm>
#include <optional>

#include <sonant/audio/unreadable.h>
#include <sonant/core/error.h>
#include <sonant/core/numbers.h>

namespace sonant {
namespace {

using Bytes = std::span<const std::byte>;

// How a family writes its chunks.
struct ChunkStyle {
  std::size_t name, size;  // bytes of each
  bool big_endian;
  bool counts_header;  // the size takes in name and size
  std::size_t align;   // chunks begin at multiples of it
};
constexpr ChunkStyle kRiff{4, 4, false, false, 2}, kBigEndianRiff{4, 4, true, false, 2},
    kW64{16, 8, false, true, 8}, kCaf{4, 8, true, false, 1};
// All names of W64 but the first end like this.
constexpr std::string_view kW64Name("\xF3\xAC\xD3\x11\x8C\xD1\x00\xC0\x4F\x8E\xDB\x8A", 12);
// No file is long enough for such a chunk.
constexpr ChunkStyle kNoChunks{std::size_t{1} << 40, 4, false, false, 1};

struct Chunk {
  std::string_view name;  // its four letters
  std::size_t at, body;   // of its header, and behind it
  std::uint64_t size;     // of the body, as promised
};

std::optional<Chunk> chunk_at(Bytes bytes, std::size_t at, const ChunkStyle& style) {
  const std::size_t header = style.name + style.size;
  if (at > bytes.size() || bytes.size() - at < header) return std::nullopt;
  const std::string_view name = as_text(bytes).substr(at, style.name);
  const auto printable = [](char c) { return c >= ' ' && c <= '~'; };
  if (!std::all_of(name.begin(), name.begin() + 4, printable)) return std::nullopt;
  if (style.name > 4 && name.substr(4) != kW64Name) return std::nullopt;
  std::uint64_t size = number_at(bytes, at + style.name, style.size, style.big_endian);
  if (style.counts_header) size = size < header ? 0 : size - header;
  return Chunk{name.substr(0, 4), at, at + header, size};
}

// Where the next chunk begins, or nothing if that is past the end.
std::optional<std::size_t> behind(Bytes bytes, const Chunk& chunk, const ChunkStyle& style) {
  if (chunk.size > bytes.size() - chunk.body) return std::nullopt;
  const auto end = chunk.body + static_cast<std::size_t>(chunk.size);
  // The last byte of padding is often left out.
  return std::min((end + style.align - 1) / style.align * style.align, bytes.size());
}

// Whether nothing but whole chunks, and zeros behind them, lies from here to the end.
bool only_chunks_from(Bytes bytes, std::size_t at, const ChunkStyle& style) {
  for (int chunks = 0; chunks < 64; ++chunks) {  // so that hostile bytes cost no more than others
    if (at == bytes.size()) return true;
    const auto chunk = chunk_at(bytes, at, style);
    const auto next = chunk ? behind(bytes, *chunk, style) : std::nullopt;
    if (!next) return chunks > 0 && all_zero(bytes.subspan(at));
    at = *next;
  }
  return false;
}

// The first place in [from, to) from which at least one whole chunk leads to the end.
std::optional<std::size_t> first_tail(Bytes bytes, std::size_t from, std::size_t to,
                                      const ChunkStyle& style) {
  for (std::size_t at = from; at < std::min(to, bytes.size()); ++at)
    if (chunk_at(bytes, at, style) && only_chunks_from(bytes, at, style)) return at;
  return std::nullopt;
}

// A chunk of samples, as its header says.
struct Samples {
  std::size_t at;          // of the first
  std::uint64_t promised;  // bytes
  bool unknown;            // the recorder wrote into a pipe and could not know
};

// A chunk of samples in bytes without tags. Where it ends if nothing is wrong with its size, or
// where the chunks behind it begin if they begin near by.
std::optional<std::size_t> end_of(Bytes bytes, const Samples& samples, const ChunkStyle& style) {
  const auto end = samples.at + static_cast<std::size_t>(samples.promised);
  const std::size_t from = std::max(samples.at + kSizeTolerance, end) - kSizeTolerance;
  const auto tail = first_tail(bytes, from, end + kSizeTolerance, style);
  // A size that is too large may lead into the first chunk behind the samples, or to the second.
  const auto first = tail ? chunk_at(bytes, *tail, style) : std::nullopt;
  if (first && *tail < end && first->size > 0 && behind(bytes, *first, style) >= end) return tail;
  const std::size_t aligned = (end + style.align - 1) / style.align * style.align;
  if (end <= bytes.size() && (only_chunks_from(bytes, end, style) ||
                              only_chunks_from(bytes, std::min(aligned, bytes.size()), style)))
    return end;
  if (tail) return tail;
  return end <= bytes.size() && all_zero(bytes.subspan(end)) ? std::optional(end) : std::nullopt;
}

// How many bytes of samples there are. Error if many that were promised are missing.
std::size_t size_of(const Samples& samples, Audio& audio, const ChunkStyle& style,
                    const std::string& name) {
  Bytes bytes = without_end_tags(audio.bytes);
  if (samples.promised == audio.bytes.size() - samples.at || bytes.size() < samples.at)
    bytes = audio.bytes;
  const std::size_t rest = bytes.size() - samples.at;
  const auto all_are_read = [&](std::size_t held) {
    audio.notes.push_back("its header promises " + std::to_string(samples.promised) +
                          " bytes of samples, the file holds " + std::to_string(held) +
                          ": all are read");
    return held;
  };
  if (samples.unknown || samples.promised == 0) {
    if (!samples.unknown && only_chunks_from(bytes, samples.at, style)) return 0;
    const std::size_t end =
        first_tail(bytes, samples.at, bytes.size(), style).value_or(bytes.size());
    return samples.unknown ? end - samples.at : all_are_read(end - samples.at);
  }
  check(samples.promised <= rest + kSizeTolerance, "decode", name,
        ": truncated: its header promises ", samples.promised, " bytes of samples, the file holds ",
        rest);
  const auto promised = static_cast<std::size_t>(samples.promised);
  if (const auto end = end_of(bytes, samples, style))
    return *end == samples.at + promised ? promised : all_are_read(*end - samples.at);
  if (promised > rest) return all_are_read(rest);
  audio.notes.push_back(count_of(static_cast<std::int64_t>(rest - promised), "byte") +
                        " behind its samples left out: what they are is unknown");
  return promised;
}

// Writes a number into a copy of the bytes, which the decoder then gets.
void write_number(Audio& audio, std::size_t at, std::size_t n, bool big_endian,
                  std::uint64_t value) {
  if (audio.own.empty()) audio.own.assign(audio.bytes.begin(), audio.bytes.end());
  for (std::size_t i = 0; i < n; ++i)
    audio.own[at + (big_endian ? n - 1 - i : i)] = static_cast<std::byte>(value >> 8 * i);
  audio.bytes = audio.own;
}

// The chunk with this name, from `at` on. A writer that forgot the padding of an odd chunk is
// followed, and where that does not lead on, the name is looked for; then the decoder would be
// `lost`.
std::optional<Chunk> find_chunk(Bytes bytes, std::size_t at, std::string_view name,
                                const ChunkStyle& style, bool* lost = nullptr) {
  for (const std::size_t start = at;;) {
    auto chunk = chunk_at(bytes, at, style);
    if (chunk && chunk->name == name) return chunk;
    if (!chunk || (at > start && chunk_at(bytes, at - 1, style) && !behind(bytes, *chunk, style))) {
      if (lost != nullptr) *lost = true;
      if (at > start) chunk = chunk_at(bytes, at - 1, style);
    }
    if (!chunk) {
      const std::size_t found = as_text(bytes).find(name, at);
      return found == std::string_view::npos ? std::nullopt : chunk_at(bytes, found, style);
    }
    if (chunk->name == name) return chunk;
    const auto next = behind(bytes, *chunk, style);
    if (!next) return std::nullopt;
    at = *next;
  }
}

// A wav around MPEG frames (formats 0x50 and 0x55, the second also in the long form of the chunk).
bool is_mpeg_format(Bytes bytes, const std::optional<Chunk>& format, bool big_endian) {
  if (!format) return false;
  std::uint64_t tag = number_at(bytes, format->body, 2, big_endian);
  if (tag == 0xfffe && format->size >= 26) tag = number_at(bytes, format->body + 24, 2, big_endian);
  return tag == 0x50 || tag == 0x55;
}

// A wav of nothing but the format and the samples, as every decoder understands it.
void rebuild_wav(Audio& audio, Bytes format, Bytes samples, bool big_endian) {
  std::vector<std::byte> wav;
  const auto add = [&](Bytes bytes) { wav.insert(wav.end(), bytes.begin(), bytes.end()); };
  const auto add_name = [&](std::string_view name) { add(std::as_bytes(std::span(name))); };
  const auto add_size = [&](std::size_t size) {
    for (std::size_t i = 0; i < 4; ++i)
      wav.push_back(static_cast<std::byte>(size >> 8 * (big_endian ? 3 - i : i)));
  };
  wav.reserve(samples.size() + 64);
  add_name(big_endian ? "RIFX" : "RIFF");
  add_size(20 + format.size() + format.size() % 2 + samples.size());
  add_name("WAVEfmt ");
  add_size(format.size());
  add(format);
  if (format.size() % 2 != 0) wav.push_back(std::byte{0});
  add_name("data");
  add_size(samples.size());
  add(samples);
  audio.own = std::move(wav);
  audio.bytes = audio.own;
}

[[noreturn]] void refuse(const Audio& audio, const std::string& name, const char* why) {
  fail("decode", name, ": not a readable sound file (", why,
       "): ", why_unreadable(audio.bytes, name));
}

void find_in_wav(Audio& audio, const std::string& name) {
  const std::string_view kind = as_text(audio.bytes).substr(0, 4);
  const bool big = kind == "RIFX", is_64_bit = kind == "RF64" || kind == "BW64";
  const ChunkStyle& style = big ? kBigEndianRiff : kRiff;
  bool lost = false;
  const auto sizes = is_64_bit ? find_chunk(audio.bytes, 12, "ds64", style) : std::nullopt;
  const auto data = find_chunk(audio.bytes, 12, "data", style, &lost);
  const auto format = find_chunk(audio.bytes, 12, "fmt ", style);
  // Without them the decoder finds nothing either, and may be long about it.
  if (!format || !behind(audio.bytes, *format, style))
    refuse(audio, name, "no whole chunk \"fmt \" in it");
  if (!data) refuse(audio, name, "no chunk \"data\" in it");
  // Pipes: 2^31 or 2^32 less a little.
  Samples samples{data->body, data->size, data->size >= 0x7fff'f000u};
  if (sizes && sizes->size >= 16 && (samples.unknown || samples.promised == 0)) {
    samples.promised = number_at(audio.bytes, sizes->body + 8, 8, false);
    samples.unknown = samples.promised == ~std::uint64_t{0};
  }
  const std::size_t size = size_of(samples, audio, style, name);
  const Bytes sound = audio.bytes.subspan(samples.at, size);
  if (is_mpeg_format(audio.bytes, *format, big)) {
    audio.bytes = sound;
    check(!sound.empty(), "decode", name, ": no samples in the file");
    check(find_mpeg(audio, true, name), "decode", name,
          ": expected mp3 frames, as its header says, found none");
  } else if (is_64_bit || lost || size != data->size || format->at != 12 ||
             behind(audio.bytes, *format, style) != data->at ||
             audio.bytes.size() - data->body > size + 1) {
    // The decoder knows no BW64, and of RF64 fewer codecs. What other chunks hold is no sound, and
    // it reads for minutes where a LIST lies about the sizes in it.
    const auto length = static_cast<std::size_t>(format->size);
    rebuild_wav(audio, audio.bytes.subspan(format->body, length), sound, big);
  }
}

void find_in_aiff(Audio& audio, std::string_view chunk_name, const std::string& name) {
  const auto data = find_chunk(audio.bytes, 12, chunk_name, kBigEndianRiff);
  if (!data) return;
  // An AIFF has two numbers of four bytes and a gap in front of its samples.
  std::size_t before = 0;
  if (chunk_name == "SSND")
    before = 8 + static_cast<std::size_t>(number_at(audio.bytes, data->body, 4, true));
  if (before > audio.bytes.size() - data->body) return;
  // Recorders into pipes write 0x7f000000 less a little for want of the size, or 2^32 - 1.
  const std::size_t size =
      size_of({data->body + before, data->size < before ? 0 : data->size - before,
               data->size >= 0x7eff'0000u},
              audio, kBigEndianRiff, name);
  if (size + before != data->size && size + data->size != 0)
    write_number(audio, data->at + 4, 4, true, size + before);
  // Of all but an AIFF the decoder would read what follows as samples.
  if (chunk_name != "SSND") audio.bytes = audio.bytes.first(data->body + before + size);
}

void find_in_w64(Audio& audio, const std::string& name) {
  const auto data = find_chunk(audio.bytes, 40, "data", kW64);
  if (!data) return;
  const bool unknown = data->size >= std::uint64_t{1} << 62;
  const std::size_t size = size_of({data->body, data->size, unknown}, audio, kW64, name);
  if (size != data->size) write_number(audio, data->at + 16, 8, false, size + 24);
  audio.bytes = audio.bytes.first(data->body + size);  // the decoder would read on
}

void find_in_caf(Audio& audio, const std::string& name) {
  const auto data = find_chunk(audio.bytes, 8, "data", kCaf);
  if (!data || audio.bytes.size() - data->body < 4) return;
  const bool unknown = data->size == ~std::uint64_t{0};  // four bytes are a number of edits
  const std::uint64_t promised = data->size < 4 ? 0 : data->size - 4;
  const std::size_t size = size_of({data->body + 4, promised, unknown}, audio, kCaf, name);
  if (size + 4 != data->size && size + data->size != 0)
    write_number(audio, data->at + 4, 8, true, size + 4);
}

}  // namespace

bool find_in_chunks(Audio& audio, const std::string& name) {
  const std::string_view text = as_text(audio.bytes);
  const std::string_view kind = text.substr(0, 4);
  const std::string_view form = text.size() < 12 ? "" : text.substr(8, 4);
  if ((kind == "RIFF" || kind == "RIFX" || kind == "RF64" || kind == "BW64") && form == "WAVE")
    find_in_wav(audio, name);
  else if (kind == "FORM" && (form == "AIFF" || form == "AIFC"))
    find_in_aiff(audio, "SSND", name);
  else if (kind == "FORM" && (form == "8SVX" || form == "16SV"))
    find_in_aiff(audio, "BODY", name);
  else if (kind == "riff" && text.size() >= 40 && text.substr(24, 4) == "wave")
    find_in_w64(audio, name);
  else if (kind == "caff" && text.size() >= 20)
    find_in_caf(audio, name);
  else
    return false;
  return true;
}

bool find_behind_header(Audio& audio, const std::string& name) {
  const std::string_view text = as_text(audio.bytes);
  const bool big = text.starts_with(".snd");
  const bool au = text.size() >= 24 && (big || text.starts_with("dns."));
  const bool nist = text.starts_with("NIST_1A\n") && text.size() >= 1024;
  if (!au && !nist) return false;
  std::uint64_t start = 0, promised = 0;
  if (au) {
    start = number_at(audio.bytes, 4, 4, big);
    promised = number_at(audio.bytes, 8, 4, big);
  } else {
    // "pcm,embedded-shorten-v2.00": its bytes cannot be foretold.
    const std::size_t coding = text.substr(0, 1024).find("sample_coding");
    if (coding != text.npos && text.substr(coding, 40).find(',') != text.npos) return true;
    start = 1024;
    promised = 1;
    for (const std::string_view field : {"sample_count", "channel_count", "sample_n_bytes"}) {
      std::uint64_t value = 0;
      std::size_t at = text.substr(0, 1024).find(field);
      if (at == std::string_view::npos) return true;
      for (at = text.find("-i ", at) + 3; at < 1024 && text[at] >= '0' && text[at] <= '9'; ++at)
        value =
            std::min<std::uint64_t>(10 * value + static_cast<unsigned>(text[at] - '0'), 1u << 31);
      promised = std::min<std::uint64_t>(promised * value, std::uint64_t{1} << 62);
    }
  }
  if (start > audio.bytes.size()) return true;  // the decoder says what is wrong
  const bool unknown = au && promised == 0xffff'ffffu;
  const std::size_t size =
      size_of({static_cast<std::size_t>(start), promised, unknown}, audio, kNoChunks, name);
  if (au && size != promised) write_number(audio, 8, 4, big, size);
  audio.bytes = audio.bytes.first(static_cast<std::size_t>(start) + size);
  return true;
}

}  // namespace sonant
