#include <sonant/train/clip_features.h>

#include <atomic>
#include <mutex>

#include <sonant/audio/chroma.h>
#include <sonant/audio/decode.h>
#include <sonant/audio/resample.h>
#include <sonant/core/error.h>
#include <sonant/core/file.h>
#include <sonant/core/finite.h>
#include <sonant/core/parallel.h>
#include <sonant/core/pool.h>
#include <sonant/core/text.h>

namespace sonant {
namespace {

// "[decode] a/b.wav: is empty" as it stands in one message that names the file itself.
std::string reason_without_path(const std::string& what, const std::filesystem::path& path) {
  const std::string name = printable(path.native()) + ": ";
  const std::size_t at = what.find(name);
  return at == std::string::npos ? what : what.substr(at + name.size());
}

// Features that another program has computed.
ClipFeatures read_features(const std::filesystem::path& path, FeatureExtractor& extract) {
  ClipFeatures loaded;
  try {
    loaded.features = extract.read(path).to<float>();
    if (!all_finite(loaded.features.span())) loaded.reason = "its features are not finite";
  } catch (const Error& error) {
    loaded.reason = reason_without_path(error.what(), path);
    loaded.unread = true;
  }
  return loaded;
}

ClipFeatures load(const std::filesystem::path& path, int sample_rate, FeatureExtractor& extract) {
  if (find_front_end(extract.settings().front_end).of_files) return read_features(path, extract);
  ClipFeatures loaded;
  const auto reason = [&](const Error& error) { return reason_without_path(error.what(), path); };
  std::vector<std::byte> bytes;
  try {
    bytes = read_file(path, "decode");
  } catch (const Error& error) {  // whatever the system says: a bad disk, too many open files
    loaded.reason = reason(error);
    loaded.unread = true;
    return loaded;
  }
  try {
    Sound sound = decode(bytes, path.string());
    loaded.sample_rate = sound.sample_rate;
    loaded.notes = std::move(sound.notes);
    if (sample_rate != 0) sound = resample(std::move(sound), sample_rate);
    loaded.features = extract(sound).to<float>();
    if (!all_finite(loaded.features.span())) loaded.reason = "its features are not finite";
  } catch (const Error& error) {
    loaded.reason = reason(error);
  }
  return loaded;
}

}  // namespace

std::optional<std::vector<ClipFeatures>> compute_features(std::span<const Clip> clips,
                                                          const FeatureSettings& settings,
                                                          int sample_rate,
                                                          const Callbacks& callbacks) {
  std::vector<ClipFeatures> all(clips.size());
  std::atomic<bool> stopped = false;
  std::mutex reporting;
  std::size_t done = 0;
  // Small shards, as lengths differ; each has one extractor, whose tables are shared anyway.
  const int shards = static_cast<int>((clips.size() + 7) / 8);
  parallel_shards(shards, [&](int shard) {
    FeatureExtractor extract(settings);
    const int own = extract.front_end().sample_rate(), rate = own > 0 ? own : sample_rate;
    const Range range = shard_range(static_cast<std::int64_t>(clips.size()), shards, shard);
    for (auto i = static_cast<std::size_t>(range.begin); i < static_cast<std::size_t>(range.end);
         ++i) {
      if (stopped || (callbacks.stop && callbacks.stop())) {
        stopped = true;
        return;
      }
      all[i] = load(clips[i].path, rate, extract);
      if (callbacks.loading) {
        const std::lock_guard lock(reporting);
        callbacks.loading(++done, clips.size());
      }
    }
  });
  clear_chroma_filter_banks();  // one per tuning: 20 MB for a corpus
  pool_trim();                  // training needs other sizes than sounds do
  if (stopped) return std::nullopt;
  return all;
}

}  // namespace sonant
