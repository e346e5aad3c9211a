#include <sonant/train/experiment/store_features.h>

#include <algorithm>
#include <functional>
#include <map>
#include <thread>

#include <sonant/core/file.h>
#include <sonant/core/kernels/isa.h>
#include <sonant/core/npy.h>
#include <sonant/core/numbers.h>
#include <sonant/core/text.h>
#include <sonant/core/usage.h>
#include <sonant/train/clip_features.h>
#include <sonant/train/feature_store.h>
#include <sonant/train/hash.h>
#include <sonant/train/json_body.h>

namespace sonant {
namespace {

namespace fs = std::filesystem;
constexpr const char* kAt = "store_features";
// How often who has nothing to do looks whether the others are done.
constexpr std::chrono::milliseconds kLook{500};
constexpr std::size_t kMeasured = 16, kNotes = 3;

// Files by name and size, and what is said of them: the same wherever the corpus is mounted.
std::string fingerprint_of(const Corpus& corpus) {
  Hash hash;
  for (const Clip& clip : corpus.clips) {
    hash.add(clip.path.filename().native());
    std::error_code none;
    hash.add(static_cast<std::uint64_t>(fs::file_size(clip.path, none)));
    hash.add(clip.label);
    hash.add(clip.speaker_name);
    for (const auto& [name, value] : clip.columns) hash.add(name), hash.add(value);
  }
  return hash.hex();
}

Json identity(const Corpus& corpus, const StoreOptions& options) {
  return {{"corpus", fingerprint_of(corpus)},
          {"features", to_json(options.features)},
          {"revision", find_front_end(options.features.front_end).revision},
          {"isa", isa_name(active_isa())},
          {"on_bad_file", std::string(word_of(options.on_bad_file))},
          {"shard_megabytes", options.shard_megabytes}};
}

// "features: hop: 2048 there, 512 here"; "" if none.
std::string difference_of(const Json& there, const Json& here) {
  for (const auto& [key, value] : here.items()) {
    if (there.at(key).dump() == value.dump()) continue;
    if (key == "corpus") return "the sounds are others";
    if (key == "features")
      return first_difference(features_from(there.at(key)), features_from(value));
    std::string text = key + ": " + there.at(key).dump() + " there, " + value.dump() + " here";
    if (key == "isa")
      text += " (--isa " + there.at(key).get<std::string>() + " where this machine can)";
    return text;
  }
  return "";
}

class Work {
 public:
  Work(const StoreOptions& options, const Callbacks& callbacks)
      : options_(options), callbacks_(callbacks), corpus_(open_corpus(options.data)) {
    if (callbacks.note)
      for (const std::string& note : corpus_.notes) callbacks.note(note);
    files_ = corpus_.clips.size() + corpus_.bad.size();
    if (options.on_bad_file == OnBadFile::fail) refuse_bad_files(corpus_.bad, files_);
    if (callbacks.opened) callbacks.opened(corpus_);
  }

  StoreResult run() {
    make_folder(options_.out, kAt);
    if (!agree()) return {.interrupted = true};
    sweep_temporaries(options_.out);
    Claims claims(options_.out, options_.times);
    const std::size_t first = std::hash<std::string>{}(claims.worker()) % shards();
    std::vector<int> open;  // those of which no result has been seen
    for (std::size_t k = 0; k < shards(); ++k)
      open.push_back(static_cast<int>((first + k) % shards()));
    while (!is_store(options_.out)) {
      try {
        if (!look(open, claims)) return {.interrupted = true};
      } catch (const Error&) {  // whoever has ended it takes the jobs away, ours among them
        if (!is_store(options_.out)) throw;
      }
    }
    std::error_code none;
    for (const char* over : {"jobs", "index"}) fs::remove_all(options_.out / over, none);
    if (callbacks_.note && notes_ > kNotes)
      callbacks_.note(std::to_string(notes_ - kNotes) + " more notes like the " +
                      std::to_string(kNotes) + " above");
    return summary_of_store();
  }

 private:
  std::size_t shards() const { return (corpus_.clips.size() - 1) / per_shard_ + 1; }
  fs::path folder(int shard) const { return options_.out / "jobs" / std::to_string(shard); }
  bool stopped() const { return callbacks_.stop && callbacks_.stop(); }
  bool is_done(int shard) const { return fs::exists(folder(shard) / "result.json"); }
  std::span<const Clip> clips_of(int shard) const {
    const std::size_t begin = static_cast<std::size_t>(shard) * per_shard_;
    return std::span(corpus_.clips)
        .subspan(begin, std::min(per_shard_, corpus_.clips.size() - begin));
  }

  // Once through what is open; then the index, or a pause. False if stop() asked.
  bool look(std::vector<int>& open, Claims& claims) {
    const std::size_t before = open.size();
    for (auto shard = open.begin(); shard != open.end() && !is_store(options_.out);) {
      if (stopped() || !settle(*shard, claims)) return false;
      shard = is_done(*shard) ? open.erase(shard) : shard + 1;
    }
    if (open.empty()) end(claims);
    if (open.size() == before) std::this_thread::sleep_for(kLook);
    return true;
  }

  // One of those who find all shards done writes the index.
  void end(Claims& claims) {
    const fs::path job = options_.out / "index";
    make_folder(job, kAt);
    if (!claims.take(job)) return;
    if (!is_store(options_.out)) write_index();
    claims.finish(job);
    sweep_temporaries(options_.out, Sweep::anybody);
  }

  // All who work here do the same. The first one's measurement counts. False if stop() asked.
  bool agree() {
    const fs::path path = options_.out / "plan.json";
    const Json here = identity(corpus_, options_);
    if (!fs::exists(path)) {
      for (const auto& file : fs::directory_iterator(options_.out)) {
        const std::string name = file.path().filename();
        // Another may begin at this moment.
        if (name.starts_with("plan.json") || name == "workers" || fs::exists(path)) continue;
        fail(kAt, options_.out.native(), ": has ", name,
             " in it, and is no feature store; expected another folder");
      }
      const auto clips = measured_per_shard();
      if (!clips) return false;
      Json plan = here;
      plan["clips_in_shard"] = *clips;
      plan["shards"] = (corpus_.clips.size() - 1) / *clips + 1;  // for who looks on
      create_file(path, json_text(plan), kAt);
    }
    std::string difference;
    try {
      const Json there = Json::parse(read_text(path, kAt));
      difference = difference_of(there, here);
      per_shard_ = there.at("clips_in_shard").get<std::size_t>();
      if (per_shard_ == 0) throw JsonError("clips_in_shard is 0");
    } catch (const JsonError& error) {
      fail(kAt, path.native(), ": is damaged: ", error.what());
    }
    check(difference.empty(), kAt, options_.out.native(), ": holds other features: ", difference,
          "; expected the same, or another folder");
    return true;
  }

  std::optional<std::size_t> measured_per_shard() const {
    std::vector<Clip> some;
    const std::size_t n = std::min(kMeasured, corpus_.clips.size());
    for (std::size_t k = 0; k < n; ++k) some.push_back(corpus_.clips[k * corpus_.clips.size() / n]);
    const auto all = compute_features(some, options_.features, 0, {.stop = callbacks_.stop});
    if (!all) return std::nullopt;
    double bytes = 1, clips = 1;
    for (const ClipFeatures& clip : *all)
      if (clip.reason.empty())
        bytes += static_cast<double>(clip.features.size()) * sizeof(float), ++clips;
    const double per_shard = options_.shard_megabytes * (1 << 20) * clips / bytes;
    return static_cast<std::size_t>(
        std::clamp(per_shard, 1.0, static_cast<double>(corpus_.clips.size())));
  }

  // Computes the shard, unless somebody has or does. False if stop() asked.
  bool settle(int shard, Claims& claims) {
    if (is_done(shard)) return true;
    make_folder(folder(shard), kAt);
    if (!claims.take(folder(shard))) return true;
    if (is_done(shard) || is_store(options_.out)) return claims.finish(folder(shard)), true;
    Callbacks callbacks{.stop = callbacks_.stop};
    if (callbacks_.loading)
      callbacks.loading = [&](std::size_t done, std::size_t) {
        callbacks_.loading(loaded_ + done, corpus_.clips.size());
      };
    const auto all = compute_features(clips_of(shard), options_.features, 0, callbacks);
    if (!all) return claims.give_back(folder(shard)), false;
    write_shard(shard, *all);
    claims.finish(folder(shard));
    loaded_ += all->size();
    ++here_;
    return true;
  }

  // The features, and then what the index needs of them.
  void write_shard(int shard, const std::vector<ClipFeatures>& all) {
    const std::span<const Clip> clips = clips_of(shard);
    std::vector<BadFile> bad;
    std::map<int, StoredSpeaker> speakers;
    std::int64_t rows = 0;
    Json lines = Json::array();
    std::vector<std::span<const std::byte>> parts(1);
    for (std::size_t i = 0; i < all.size(); ++i) {
      const ClipFeatures& clip = all[i];
      for (const std::string& text : clip.notes) note(clips[i], text);
      if (!clip.reason.empty()) {
        bad.push_back({clips[i].path, clip.reason});
        lines.push_back({{"reason", clip.reason}});
        continue;
      }
      rows += clip.features.dim(0);
      parts.push_back(std::as_bytes(clip.features.span()));
      StoredSpeaker& speaker = speakers[clips[i].speaker];
      ++speaker.clips;
      speaker.sums.add(clip.features);
      const auto hash = hash_of(clip.features);
      lines.push_back({{"frames", clip.features.dim(0)},
                       {"sample_rate", clip.sample_rate},
                       {"hash", std::string(hash.data(), hash.size())}});
    }
    if (options_.on_bad_file == OnBadFile::fail) refuse_bad_files(bad, files_);
    const auto header = npy_header("<f4", Shape{rows, options_.features.dims()});
    parts[0] = header;
    write_file(options_.out / shard_name(shard), parts, kAt);
    Json sums = Json::array();
    for (const auto& [number, s] : speakers)
      sums.push_back({{"speaker", number},
                      {"clips", s.clips},
                      {"frames", s.sums.frames},
                      {"mean", s.sums.mean},
                      {"squares", s.sums.squares}});
    write_file(folder(shard) / "result.json",
               json_text({{"frames", rows}, {"clips", lines}, {"speakers", sums}}), kAt);
  }

  void note(const Clip& clip, const std::string& text) {
    if (callbacks_.note && notes_++ < kNotes)
      callbacks_.note(printable(clip.path.native()) + ": " + text);
  }

  void write_index() const {
    StoreIndex index;
    index.corpus = corpus_;
    index.corpus.clips.clear();
    index.settings = options_.features;
    index.isa = isa_name(active_isa());
    index.dims = options_.features.dims();
    std::map<int, StoredSpeaker> speakers;
    for (int shard = 0; shard < static_cast<int>(shards()); ++shard) {
      const fs::path path = folder(shard) / "result.json";
      try {
        add_shard(index, speakers, shard, Json::parse(read_text(path, kAt)));
      } catch (const JsonError& error) {
        fail(kAt, path.native(), ": is damaged: ", error.what(), "; remove it to do it again");
      }
    }
    check(!index.clips.empty(), kAt, corpus_.name, ": none of ", files_,
          " files can be used: ", summary(index.corpus.bad));
    if (!index.corpus.bad.empty())
      index.corpus.notes.push_back(
          count_of(std::ssize(index.corpus.bad), "file") +
          " left out when the features were computed: " + printable(summary(index.corpus.bad)));
    for (auto& [number, speaker] : speakers) index.speakers.push_back(std::move(speaker));
    sonant::write_index(index, options_.out);
    std::error_code none;
    fs::remove_all(options_.out / "jobs", none);
  }

  void add_shard(StoreIndex& index, std::map<int, StoredSpeaker>& speakers, int shard,
                 const Json& json) const {
    const std::span<const Clip> clips = clips_of(shard);
    if (json.at("clips").size() != clips.size()) throw JsonError("another number of clips");
    std::int64_t row = 0;
    for (std::size_t i = 0; i < clips.size(); ++i) {
      const Json& line = json.at("clips").at(i);
      if (line.contains("reason")) {
        index.corpus.bad.push_back({clips[i].path, line.at("reason")});
        continue;
      }
      StoredClip at{shard, line.at("frames"), row, line.at("sample_rate")};
      const std::string hash = line.at("hash");
      if (hash.size() != at.hash.size()) throw JsonError("no hash");
      std::ranges::copy(hash, at.hash.begin());
      row += at.frames;
      index.clips.push_back(at);
      index.corpus.clips.push_back(clips[i]);
    }
    json.at("frames").get_to(index.shards.emplace_back());
    for (const Json& s : json.at("speakers")) {
      StoredSpeaker& speaker = speakers[s.at("speaker").get<int>()];
      s.at("speaker").get_to(speaker.speaker);
      speaker.clips += s.at("clips").get<std::int64_t>();
      FrameSums sums{s.at("frames"), {}, {}};
      s.at("mean").get_to(sums.mean);
      s.at("squares").get_to(sums.squares);
      speaker.sums.add(sums);
    }
  }

  StoreResult summary_of_store() const {
    const StoreIndex index = read_index(options_.out);
    StoreResult result{.clips = std::ssize(index.clips), .here = here_};
    result.left_out = static_cast<std::int64_t>(files_) - result.clips;
    result.shards = static_cast<int>(index.shards.size());
    for (const std::int64_t frames : index.shards) result.frames += frames;
    result.bytes = result.frames * index.dims * static_cast<std::int64_t>(sizeof(float));
    return result;
  }

  const StoreOptions& options_;
  const Callbacks& callbacks_;
  const Corpus corpus_;
  std::size_t files_ = 0, per_shard_ = 1, loaded_ = 0, notes_ = 0;
  int here_ = 0;
};

}  // namespace

StoreResult store_features(const StoreOptions& options, const Callbacks& callbacks) {
  check_usage(options.shard_megabytes > 0, kAt, "expects shards of more than 0 MB, got ",
              options.shard_megabytes);
  check(!options.out.empty(), kAt, "expects a folder for the store");
  FeatureExtractor checked(options.features);
  return Work(options, callbacks).run();
}

}  // namespace sonant
