#include <sonant/train/dataset.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <numeric>
#include <optional>

#include <sonant/audio/chroma.h>
#include <sonant/audio/decode.h>
#include <sonant/audio/resample.h>
#include <sonant/core/error.h>
#include <sonant/core/file.h>
#include <sonant/core/finite.h>
#include <sonant/core/parallel.h>
#include <sonant/core/pool.h>
#include <sonant/core/text.h>
#include <sonant/train/feature_cache.h>
#include <sonant/train/hash.h>

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

std::vector<ClipFeatures> compute_all(const std::vector<Clip>& clips, const LoadOptions& options,
                                      const Callbacks& callbacks, std::atomic<bool>& stopped) {
  std::vector<ClipFeatures> all(clips.size());
  std::mutex reporting;
  std::size_t done = 0;
  // Small shards, as lengths differ; each has one extractor, whose tables are shared anyway.
  const int shards = static_cast<int>((clips.size() + 7) / 8);
  parallel_shards(shards, [&](int shard) {
    FeatureExtractor extract(options.features);
    const int own = extract.front_end().sample_rate(), rate = own > 0 ? own : options.sample_rate;
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
  return all;
}

// From the cache, or computed and put there. A cache that cannot be written to costs time, no more.
std::vector<ClipFeatures> load_or_compute(const std::vector<Clip>& clips,
                                          const LoadOptions& options, const Callbacks& callbacks,
                                          std::atomic<bool>& stopped) {
  const FrontEndRow& row = find_front_end(options.features.front_end);
  if (options.cache.empty() || row.of_files) return compute_all(clips, options, callbacks, stopped);
  const FeatureCache cache(options.cache);
  // Where every file has the rate anyway, features are those of no resampling, and kept as such.
  const auto as_stored = [&](const std::vector<ClipFeatures>& all) {
    return options.sample_rate == 0 || std::all_of(all.begin(), all.end(), [&](const auto& clip) {
             return clip.sample_rate == options.sample_rate || clip.sample_rate == 0;
           });
  };
  const std::optional<std::string> known = FeatureCache::key(clips, options.features);
  if (!known) return compute_all(clips, options, callbacks, stopped);
  const std::string& key = *known;
  const std::string resampled_key = key + "-" + std::to_string(options.sample_rate);
  auto found = cache.find(key, clips.size());
  if (found && as_stored(*found)) return std::move(*found);
  found = cache.find(resampled_key, clips.size());
  if (found) return std::move(*found);
  std::vector<ClipFeatures> all = compute_all(clips, options, callbacks, stopped);
  const auto unread = [](const ClipFeatures& clip) { return clip.unread; };
  if (stopped || std::any_of(all.begin(), all.end(), unread)) return all;
  try {
    cache.store(as_stored(all) ? key : resampled_key, all);
  } catch (const Error& error) {
    if (callbacks.note) callbacks.note(std::string("features are not kept: ") + error.what());
  }
  return all;
}

std::vector<ClipFeatures> load_all(const std::vector<Clip>& clips, const LoadOptions& options,
                                   const Callbacks& callbacks, std::atomic<bool>& stopped) {
  const std::filesystem::path& file = options.published;
  if (file.empty()) return load_or_compute(clips, options, callbacks, stopped);
  if (std::filesystem::exists(file)) return read_published(file, clips, options.features);
  std::vector<ClipFeatures> all = load_or_compute(clips, options, callbacks, stopped);
  const auto unread = [](const ClipFeatures& clip) { return clip.unread; };
  if (stopped || std::any_of(all.begin(), all.end(), unread)) return all;
  if (publish(file, all, clips, options.features)) return all;
  return read_published(file, clips, options.features);
}

// Columns that are learnt are part of what the data are.
std::string fingerprint_of(const Dataset& data, const std::vector<std::string>& columns) {
  Hash hash;
  for (const std::string& name : data.corpus.class_names) hash.add(name);
  for (std::size_t i = 0; i < data.features.size(); ++i) {
    const Clip& clip = data.corpus.clips[i];
    hash.add(clip.path.filename().native());
    hash.add(clip.label);
    hash.add(clip.speaker_name);
    hash.add(data.features[i]);
    for (const std::string& column : columns) hash.add(clip.column(column));
  }
  return hash.hex();
}

// At most three of them, one line each, and how many more there are.
void note_first(const std::vector<std::string>& lines, const std::string& what,
                const Callbacks& callbacks) {
  constexpr std::size_t most = 3;
  if (!callbacks.note) return;
  for (std::size_t i = 0; i < std::min(most, lines.size()); ++i) callbacks.note(lines[i]);
  if (lines.size() > most)
    callbacks.note(std::to_string(lines.size() - most) + " more " + what + " like the " +
                   std::to_string(most) + " above");
}

std::string with_speaker(const Clip& clip) {
  return printable(clip.path.native()) + " (speaker " + printable(clip.speaker_name) + ")";
}

// Equal features at equal rates come from equal samples.
void find_same_samples(Dataset& data, const Callbacks& callbacks) {
  std::map<std::string, std::vector<int>> clips_of;
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < data.features.size(); ++i) {
    Hash hash;
    hash.add(data.features[i]);
    std::vector<int>& same = clips_of[hash.hex()];
    const Clip& clip = data.corpus.clips[i];
    for (const int other : same) {
      const Clip& first = data.corpus.clips[static_cast<std::size_t>(other)];
      if (first.speaker == clip.speaker) continue;
      data.same_samples.emplace_back(other, static_cast<int>(i));
      lines.push_back("the same samples under two speakers: " + with_speaker(first) + " and " +
                      with_speaker(clip));
      break;
    }
    same.push_back(static_cast<int>(i));
  }
  note_first(lines, "pairs of files", callbacks);
}

void note_sample_rates(const std::map<int, std::size_t>& rates, const LoadOptions& options,
                       const Callbacks& callbacks) {
  FeatureExtractor extract(options.features);
  if (extract.front_end().sample_rate() > 0 || find_front_end(options.features.front_end).of_files)
    return;  // its features mean the same whatever the files' rate is
  const bool one = rates.size() == 1;
  if (!callbacks.note || (one && (options.sample_rate == 0 || rates.contains(options.sample_rate))))
    return;
  std::string text;
  for (const auto& [hertz, files] : rates) {
    if (!text.empty()) text += ", ";
    text += std::to_string(files) + " at " + std::to_string(hertz) + " Hz";
  }
  if (options.sample_rate == 0)
    callbacks.note("files of several sample rates (" + text +
                   ") and nothing is resampled: their features differ in meaning");
  else
    callbacks.note("files of other sample rates (" + text + ") resampled to " +
                   std::to_string(options.sample_rate) + " Hz");
}

void note_ignored_columns(const Corpus& corpus, const LoadOptions& options,
                          const Callbacks& callbacks) {
  std::string ignored;
  for (const std::string& name : corpus.unusual)
    if (std::ranges::count(options.columns, name) == 0)
      ignored += (ignored.empty() ? "" : ", ") + name;
  if (callbacks.note && !ignored.empty())
    callbacks.note(corpus.name + ": columns ignored: " + ignored);
}

// All that is wrong in one line, so that nobody mends a hundred files one run at a time.
void refuse_bad_files(const std::vector<BadFile>& bad, std::size_t all) {
  if (bad.empty()) return;
  const bool one = bad.size() == 1;
  fail("load_dataset",
       one ? ""
           : std::to_string(bad.size()) + " of " + std::to_string(all) + " files cannot be used: ",
       summary(bad), "; --on-bad-file skip leaves ", one ? "it" : "them", " out");
}

}  // namespace

std::int64_t Dataset::frames() const {
  std::int64_t sum = 0;
  for (const auto& x : features) sum += x.dim(0);
  return sum;
}

Dataset load_dataset(Corpus corpus, const LoadOptions& options, const Callbacks& callbacks) {
  constexpr const char* op = "load_dataset";
  const bool strict = options.on_bad_file == OnBadFile::fail;
  if (callbacks.note)
    for (const std::string& note : corpus.notes) callbacks.note(note);
  note_ignored_columns(corpus, options, callbacks);
  const std::size_t files = corpus.clips.size() + corpus.bad.size();
  if (strict) refuse_bad_files(corpus.bad, files);
  Dataset data;
  data.settings = options.features;
  std::atomic<bool> stopped = false;
  std::vector<ClipFeatures> all = load_all(corpus.clips, options, callbacks, stopped);
  if (stopped) {
    data.interrupted = true;
    return data;
  }
  std::vector<int> good;
  std::vector<std::string> notes;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto& path = corpus.clips[i].path;
    const std::string& reason = all[i].reason;
    if (reason.empty()) {
      good.push_back(static_cast<int>(i));
      for (const std::string& note : all[i].notes)
        notes.push_back(printable(path.native()) + ": " + note);
      data.features.push_back(std::move(all[i].features));
      ++data.sample_rates[all[i].sample_rate];
    } else {
      corpus.bad.push_back({path, reason});
    }
  }
  if (strict) refuse_bad_files(corpus.bad, files);
  check(!good.empty(), op, corpus.name, ": none of ", files,
        " files can be used: ", summary(corpus.bad));
  note_first(notes, "notes", callbacks);
  note_sample_rates(data.sample_rates, options, callbacks);
  data.corpus = select_clips(corpus, good);
  find_same_samples(data, callbacks);
  data.fingerprint = fingerprint_of(data, options.columns);
  return data;
}

Corpus select_clips(const Corpus& corpus, std::span<const int> clips) {
  Corpus selected = corpus;
  selected.clips.clear();
  for (int i : clips) selected.clips.push_back(corpus.clips.at(static_cast<std::size_t>(i)));
  return selected;
}

Normaliser fit_normaliser(const Dataset& data, std::span<const int> clips) {
  std::vector<const Tensor<float>*> fitted;
  for (int i : clips) fitted.push_back(&data.features.at(static_cast<std::size_t>(i)));
  return fit_normaliser<float>(fitted);
}

Normaliser normalise(Dataset& data, std::span<const int> fit_on) {
  const Normaliser normaliser = fit_normaliser(data, fit_on);
  for (Tensor<float>& x : data.features) x = normaliser.apply(std::move(x));
  return normaliser;
}

}  // namespace sonant
