#include <sonant/audio/decode.h>

#include <sndfile.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <mutex>
#include <string_view>

#include <sonant/audio/container.h>
#include <sonant/audio/unreadable.h>
#include <sonant/core/error.h>
#include <sonant/core/file.h>

namespace sonant {
namespace {

// Bytes that libsndfile reads or writes through its virtual file interface.
struct ReadCursor {
  std::span<const std::byte> bytes;
  sf_count_t claimed = 0;  // the length that is told; at least that of `bytes`
  sf_count_t position = 0;
  sf_count_t told() const { return claimed; }
};
struct WriteCursor {
  std::vector<std::byte> bytes;
  sf_count_t position = 0;
  sf_count_t told() const { return static_cast<sf_count_t>(bytes.size()); }
};

template <class Cursor>
sf_count_t length(void* user) {
  return static_cast<Cursor*>(user)->told();
}

template <class Cursor>
sf_count_t tell(void* user) {
  return static_cast<Cursor*>(user)->position;
}

// libsndfile computes offsets from header fields, so a target outside the bytes is clamped to them.
template <class Cursor>
sf_count_t seek(sf_count_t offset, int whence, void* user) {
  const sf_count_t end = length<Cursor>(user);
  const sf_count_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? tell<Cursor>(user) : end;
  const sf_count_t target =
      offset >= 0 ? base + std::min(offset, end - base) : base + std::max(offset, -base);
  return static_cast<Cursor*>(user)->position = target;
}

sf_count_t read_bytes(void* to, sf_count_t count, void* user) {
  auto& cursor = *static_cast<ReadCursor*>(user);
  const auto held = static_cast<sf_count_t>(cursor.bytes.size());
  // Where the end is claimed to be the decoder looks for a tag, and finds none.
  if (held < cursor.claimed && cursor.position >= cursor.claimed - 128) {
    const sf_count_t n = std::clamp<sf_count_t>(count, 0, cursor.claimed - cursor.position);
    std::memset(to, 0, static_cast<std::size_t>(n));
    cursor.position += n;
    return n;
  }
  const sf_count_t n =
      std::clamp<sf_count_t>(count, 0, std::max<sf_count_t>(0, held - cursor.position));
  if (n > 0) std::memcpy(to, cursor.bytes.data() + cursor.position, static_cast<std::size_t>(n));
  cursor.position += n;
  return n;
}

sf_count_t write_bytes(const void* from, sf_count_t count, void* user) {
  auto& cursor = *static_cast<WriteCursor*>(user);
  const auto end = static_cast<std::size_t>(cursor.position + count);
  if (end > cursor.bytes.size()) cursor.bytes.resize(end);
  std::memcpy(cursor.bytes.data() + cursor.position, from, static_cast<std::size_t>(count));
  cursor.position += count;
  return count;
}

sf_count_t cannot_read(void*, sf_count_t, void*) { return 0; }
sf_count_t cannot_write(const void*, sf_count_t, void*) { return 0; }

struct CloseSndfile {
  void operator()(SNDFILE* file) const { sf_close(file); }
};
using SndfilePtr = std::unique_ptr<SNDFILE, CloseSndfile>;

void check_looks_like_sound(std::span<const std::byte> bytes, const std::string& name) {
  check(!bytes.empty(), "decode", name, ": expected a sound file, got 0 bytes");
  check(!as_text(bytes).starts_with("version https://git-lfs.github.com/spec"), "decode", name,
        ": a git-lfs pointer, not the sound itself: fetch it with `git lfs pull`");
}

// libsndfile keeps the reason why a file cannot be opened in one place for all threads.
SndfilePtr open_sound(ReadCursor& cursor, SF_INFO& info, std::string& reason) {
  static std::mutex opening;
  SF_VIRTUAL_IO io{length<ReadCursor>, seek<ReadCursor>, read_bytes, cannot_write,
                   tell<ReadCursor>};
  const std::lock_guard lock(opening);
  SndfilePtr file(sf_open_virtual(&io, SFM_READ, &info, &cursor));
  if (file == nullptr) reason = sf_strerror(nullptr);
  while (reason.ends_with('.')) reason.pop_back();
  return file;
}

// Appends the average of the channels: summed in their order, then divided, as numpy.mean does.
void append_mean(std::span<const double> interleaved, int channels, std::vector<double>& samples) {
  for (std::size_t i = 0; i < interleaved.size(); i += static_cast<std::size_t>(channels)) {
    double sum = 0;
    for (int c = 0; c < channels; ++c) sum += interleaved[i + static_cast<std::size_t>(c)];
    samples.push_back(sum / channels);
  }
}

// Reads in pieces: memory grows with what is really there, never with what the header claims.
std::vector<double> read_mono(SNDFILE* file, const SF_INFO& info, const std::string& name,
                              const DecodeLimits& limits) {
  const sf_count_t piece = std::max(1, (1 << 12) / info.channels);  // frames a read, 32 KiB
  const auto channels = static_cast<std::size_t>(info.channels);
  std::vector<double> samples;
  const auto most = static_cast<sf_count_t>(std::min<std::size_t>(limits.max_samples, 1 << 20));
  samples.reserve(static_cast<std::size_t>(std::clamp<sf_count_t>(info.frames, 0, most) + piece));
  std::vector<double> interleaved(channels == 1 ? 0 : static_cast<std::size_t>(piece) * channels);
  for (sf_count_t n = 1; n > 0;) {
    if (channels == 1) {
      const std::size_t used = samples.size();
      samples.resize(used + static_cast<std::size_t>(piece));
      n = std::max<sf_count_t>(0, sf_readf_double(file, samples.data() + used, piece));
      samples.resize(used + static_cast<std::size_t>(n));
    } else {
      n = std::max<sf_count_t>(0, sf_readf_double(file, interleaved.data(), piece));
      append_mean({interleaved.data(), static_cast<std::size_t>(n) * channels}, info.channels,
                  samples);
    }
    check(samples.size() <= limits.max_samples, "decode", name, ": longer than the limit of ",
          limits.max_samples, " samples");
  }
  return samples;
}

void check_finite(std::span<const double> samples, int format, const std::string& name) {
  // Whole-number formats hold nothing else.
  if ((format & SF_FORMAT_SUBMASK) <= SF_FORMAT_PCM_U8) return;
  const auto bad =
      std::find_if_not(samples.begin(), samples.end(), [](double x) { return std::isfinite(x); });
  check(bad == samples.end(), "decode", name, ": NaN or infinity at sample ", bad - samples.begin(),
        ", expected finite samples");
}

}  // namespace

Sound decode(const std::filesystem::path& path, const DecodeLimits& limits) {
  return decode(read_file(path, "decode"), path.string(), limits);
}

Sound decode(std::span<const std::byte> bytes, const std::string& name,
             const DecodeLimits& limits) {
  check_looks_like_sound(bytes, name);
  Audio audio = find_audio(bytes, name);
  ReadCursor cursor{audio.bytes,
                    static_cast<sf_count_t>(std::max(audio.bytes.size(), audio.claimed))};
  SF_INFO info{};
  std::string reason;
  const SndfilePtr file = open_sound(cursor, info, reason);
  if (file == nullptr)
    fail("decode", name, ": not a readable sound file (", reason,
         "): ", why_unreadable(audio.bytes, name));
  check(info.samplerate > 0 && info.channels > 0, "decode", name, ": sample rate ", info.samplerate,
        " Hz and ", info.channels, " channels, expected at least 1 of each");

  Sound sound{read_mono(file.get(), info, name, limits), info.samplerate, info.channels,
              std::move(audio.notes)};
  const auto samples = static_cast<sf_count_t>(sound.samples.size());
  check(sf_error(file.get()) == SF_ERR_NO_ERROR, "decode", name, ": damaged after ", samples,
        " samples: ", sf_strerror(file.get()));
  check(samples > 0, "decode", name, ": no samples in the file");
  const bool estimated = info.frames == SF_COUNT_MAX || audio.claimed != 0;
  const sf_count_t promised = audio.samples >= 0 ? audio.samples : estimated ? 0 : info.frames;
  check(samples >= promised, "decode", name, ": truncated: its header promises ", promised,
        " samples, the file holds ", samples);
  if (audio.samples >= 0) sound.samples.resize(static_cast<std::size_t>(audio.samples));
  check_finite(sound.samples, info.format, name);
  return sound;
}

std::vector<std::byte> wav_bytes(std::span<const double> samples, int sample_rate,
                                 const std::string& name) {
  check(!samples.empty(), "write_wav", name, ": expected at least one sample, got none");
  check(sample_rate >= 1, "write_wav", name, ": expected a sample rate of at least 1 Hz, got ",
        sample_rate);
  std::vector<short> pcm(samples.size());
  for (std::size_t i = 0; i < samples.size(); ++i) {
    check(std::isfinite(samples[i]), "write_wav", name, ": sample ", i, " is not finite");
    pcm[i] = static_cast<short>(std::lrint(std::clamp(32768 * samples[i], -32768.0, 32767.0)));
  }

  WriteCursor cursor;
  SF_VIRTUAL_IO io{length<WriteCursor>, seek<WriteCursor>, cannot_read, write_bytes,
                   tell<WriteCursor>};
  SF_INFO info{};
  info.samplerate = sample_rate;
  info.channels = 1;
  info.format = SF_FORMAT_WAV | SF_FORMAT_PCM_16;
  SndfilePtr file(sf_open_virtual(&io, SFM_WRITE, &info, &cursor));
  check(file != nullptr, "write_wav", name, ": ", sf_strerror(nullptr));
  const auto count = static_cast<sf_count_t>(pcm.size());
  check(sf_write_short(file.get(), pcm.data(), count) == count, "write_wav", name, ": ",
        sf_strerror(file.get()));
  file.reset();  // completes the header
  return std::move(cursor.bytes);
}

void write_wav(const std::filesystem::path& path, std::span<const double> samples,
               int sample_rate) {
  write_file(path, wav_bytes(samples, sample_rate, path.native()), "write_wav");
}

}  // namespace sonant
