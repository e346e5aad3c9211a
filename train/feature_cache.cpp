#include <sonant/train/feature_cache.h>

#include <algorithm>
#include <cstdlib>

#include <sonant/core/file.h>
#include <sonant/core/kernels/isa.h>
#include <sonant/core/parallel.h>
#include <sonant/nn/safetensors.h>
#include <sonant/train/hash.h>
#include <sonant/train/json_body.h>

namespace sonant {
namespace {

namespace fs = std::filesystem;

constexpr int kRevision = 2;  // raised whenever the same sound would give other features
constexpr const char* kKey = "sonant_features";

std::string clip_name(std::size_t i) { return "clip_" + std::to_string(i); }

// Empty if the file cannot be read.
std::string file_hash(const fs::path& path) {
  Hash hash;
  try {
    hash.add(std::span<const std::byte>(read_file(path, "feature cache")));
  } catch (const Error&) {
    return {};
  }
  return hash.hex();
}

}  // namespace

std::optional<std::string> FeatureCache::key(const std::vector<Clip>& clips,
                                             const FeatureSettings& settings) {
  std::vector<std::string> contents(clips.size());
  parallel_shards(static_cast<int>(clips.size()), [&](int i) {
    contents[static_cast<std::size_t>(i)] = file_hash(clips[static_cast<std::size_t>(i)].path);
  });
  if (std::count(contents.begin(), contents.end(), "") > 0) return std::nullopt;
  Hash hash;
  hash.add(kRevision);
  hash.add(find_front_end(settings.front_end).revision);
  hash.add(std::string_view(isa_name(active_isa())));
  hash.add(std::string_view(to_json(settings).dump()));
  for (const std::string& content : contents) hash.add(std::string_view(content));
  return hash.hex();
}

fs::path FeatureCache::file(const std::string& key) const {
  return folder_ / ("features-" + key + ".safetensors");
}

std::optional<std::vector<ClipFeatures>> FeatureCache::find(const std::string& key,
                                                            std::size_t clips) const {
  const fs::path path = file(key);
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return std::nullopt;
  try {
    Safetensors stored = Safetensors::read(path);
    const Json json = Json::parse(stored.metadata.at(kKey));
    std::vector<ClipFeatures> all(clips);
    const auto rates = stored.integers("sample_rate");
    if (rates.size() != clips) return std::nullopt;
    for (std::size_t i = 0; i < clips; ++i) {
      all[i].sample_rate = static_cast<int>(rates[i]);
      const std::string name = clip_name(i);
      if (json.at("reasons").contains(name))
        all[i].reason = json.at("reasons").at(name);
      else
        all[i].features = stored.take<float>(name);
      if (json.at("notes").contains(name))
        all[i].notes = json.at("notes").at(name).get<std::vector<std::string>>();
    }
    fs::last_write_time(path, fs::file_time_type::clock::now(), ignored);  // used just now
    return all;
  } catch (const std::exception&) {  // damaged: as good as absent, and replaced by store()
    return std::nullopt;
  }
}

void FeatureCache::store(const std::string& key, const std::vector<ClipFeatures>& clips) const {
  make_folder(folder_, "feature cache");
  Safetensors file_of_clips;
  Json reasons = Json::object(), notes = Json::object();
  std::vector<std::int64_t> rates;
  for (std::size_t i = 0; i < clips.size(); ++i) {
    check(!clips[i].unread, "feature cache",
          "expects clips that were read, got: ", clips[i].reason);
    rates.push_back(clips[i].sample_rate);
    if (!clips[i].notes.empty()) notes[clip_name(i)] = clips[i].notes;
    if (clips[i].reason.empty())
      file_of_clips.add(clip_name(i), clips[i].features);
    else
      reasons[clip_name(i)] = clips[i].reason;
  }
  file_of_clips.add("sample_rate", Shape{static_cast<std::int64_t>(rates.size())}, rates);
  file_of_clips.metadata[kKey] =
      Json{{"revision", kRevision}, {"reasons", reasons}, {"notes", notes}}.dump();
  file_of_clips.write(file(key));
  drop_oldest();
}

void FeatureCache::drop_oldest() const {
  std::error_code ignored;  // another run may tidy up at the same time
  std::vector<std::pair<fs::file_time_type, fs::path>> entries;
  for (const auto& entry : fs::directory_iterator(folder_, ignored)) {
    const std::string name = entry.path().filename().native();
    if (name.starts_with("features-") && name.ends_with(".safetensors"))
      entries.emplace_back(fs::last_write_time(entry.path(), ignored), entry.path());
  }
  std::sort(entries.begin(), entries.end());
  for (std::size_t i = 0; i + kEntries < entries.size(); ++i) {
    fs::remove(entries[i].second, ignored);
  }
}

fs::path default_cache_folder() {
  for (const auto& [variable, below] :
       {std::pair{"XDG_CACHE_HOME", "sonant"}, std::pair{"HOME", ".cache/sonant"}}) {
    const char* folder = std::getenv(variable);
    if (folder != nullptr && *folder == '/') return fs::path(folder) / below;
  }
  return {};
}

}  // namespace sonant
