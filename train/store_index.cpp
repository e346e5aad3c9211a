#include <sonant/train/store_index.h>

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include <sonant/audio/csv.h>
#include <sonant/core/file.h>
#include <sonant/core/npz.h>
#include <sonant/core/numbers.h>
#include <sonant/core/text.h>
#include <sonant/train/hash.h>
#include <sonant/train/json_body.h>

namespace sonant {
namespace {

namespace fs = std::filesystem;
constexpr const char* kAt = "feature store";
constexpr const char *kHead = "features.json", *kClips = "clips.csv", *kSpeakers = "speakers.npz";
constexpr const char* kFormat = "sonant feature store 1";
// Those of a store stand in front of those of its corpus, which may be called anything.
constexpr std::array<std::string_view, 9> kColumns{
    "path", "shard", "row", "frames", "sample_rate", "hash", "label", "number", "speaker"};

std::string hash_of(std::string_view bytes) {
  Hash hash;
  hash.add(bytes);
  return hash.hex();
}

std::vector<std::string> column_names(const Corpus& corpus) {
  std::set<std::string> names;
  for (const Clip& clip : corpus.clips)
    for (const auto& [name, value] : clip.columns) names.insert(name);
  return {names.begin(), names.end()};
}

std::string clips_csv(const StoreIndex& index) {
  const std::vector<std::string> names = column_names(index.corpus);
  std::string text = joined(kColumns, ",");
  for (const std::string& name : names) text += ',' + csv_field(name);
  text += '\n';
  for (std::size_t i = 0; i < index.clips.size(); ++i) {
    const StoredClip& at = index.clips[i];
    const Clip& clip = index.corpus.clips[i];
    text += csv_field(clip.path.native());
    for (const std::int64_t number :
         {std::int64_t{at.shard}, at.row, std::int64_t{at.frames}, std::int64_t{at.sample_rate}})
      text += ',' + std::to_string(number);
    text.append(",").append(at.hash.data(), at.hash.size());
    text += ',' + std::to_string(clip.label) + ',' + std::to_string(clip.speaker) + ',' +
            csv_field(clip.speaker_name);
    for (const std::string& name : names) text += ',' + csv_field(clip.column(name));
    text += '\n';
  }
  const auto bad = find_bad_utf8(text);
  check(bad == text.npos, kAt, "expects names in UTF-8, got ",
        printable(text.substr(text.rfind('\n', bad) + 1, 200)));
  return text;
}

Npz speakers_npz(const StoreIndex& index) {
  const auto n = std::ssize(index.speakers);
  std::vector<std::int64_t> number, clips, frames;
  Tensor<double> mean({n, index.dims}), squares({n, index.dims});
  for (const StoredSpeaker& s : index.speakers) {
    std::ranges::copy(s.sums.mean, mean.data() + std::ssize(number) * index.dims);
    std::ranges::copy(s.sums.squares, squares.data() + std::ssize(number) * index.dims);
    number.push_back(s.speaker);
    clips.push_back(s.clips);
    frames.push_back(s.sums.frames);
  }
  Npz archive;
  archive.add("speaker", Shape{n}, number);
  archive.add("clips", Shape{n}, clips);
  archive.add("frames", Shape{n}, frames);
  archive.add("mean", mean);
  archive.add("squares", squares);
  return archive;
}

Json corpus_json(const Corpus& c) {
  return {{"name", c.name},
          {"target", c.target},
          {"class_names", c.class_names},
          {"left_out", c.left_out},
          {"notes", c.notes},
          {"unusual", c.unusual},
          {"label_sets", json_list(c.label_sets,
                                   [](const LabelSet& s) {
                                     return Json{{"name", s.name},
                                                 {"labels", s.labels},
                                                 {"column", s.only.first},
                                                 {"value", s.only.second},
                                                 {"clips", s.clips}};
                                   })},
          {"folds", json_list(c.folds, [](const SpeakerFold& fold) {
             return Json{{"test", fold.test}, {"choose", fold.choose}};
           })}};
}

Corpus corpus_from(const Json& json) {
  Corpus c;
  json.at("name").get_to(c.name);
  json.at("target").get_to(c.target);
  json.at("class_names").get_to(c.class_names);
  json.at("left_out").get_to(c.left_out);
  json.at("notes").get_to(c.notes);
  json.at("unusual").get_to(c.unusual);
  c.label_sets = list_from(json.at("label_sets"), [](const Json& s) {
    return LabelSet{s.at("name"), s.at("labels"), {s.at("column"), s.at("value")}, s.at("clips")};
  });
  c.folds = list_from(json.at("folds"), [](const Json& fold) {
    return SpeakerFold{fold.at("test"), fold.at("choose")};
  });
  return c;
}

Json head_json(const StoreIndex& index) {
  return {{"format", kFormat},
          {"corpus", corpus_json(index.corpus)},
          {"features", to_json(index.settings)},
          {"isa", index.isa},
          {"dims", index.dims},
          {"clips", index.clips.size()},
          {"shards", index.shards}};
}

// Reads the lines of clips.csv, each behind the one before.
class ClipReader {
 public:
  ClipReader(StoreIndex& index, const std::string& where) : index_(index), where_(where) {}

  void operator()(CsvRow&& row) {
    line_ = row.line;
    if (!begun_) return read_names(row);
    expect(row.fields.size() == kColumns.size() + names_.size(), "another number of fields");
    const auto text = [&](std::size_t k) -> std::string& { return row.fields[k].text; };
    StoredClip at;
    at.shard = number<int>(text(1), 0, std::ssize(index_.shards) - 1);
    at.row = number<std::int64_t>(text(2), 0, std::numeric_limits<std::int64_t>::max());
    at.frames = number<int>(text(3), 1, std::numeric_limits<int>::max());
    at.sample_rate = number<int>(text(4), 0, std::numeric_limits<int>::max());
    expect(text(5).size() == at.hash.size(), "no hash");
    std::ranges::copy(text(5), at.hash.begin());
    expect(at.shard >= shard_, "a shard after a later one");
    while (shard_ < at.shard) close_shard();
    expect(at.row == row_, "a row that is not behind the clip before");
    row_ += at.frames;
    Clip clip;
    clip.path = text(0);
    clip.label = number<int>(text(6), 0, std::ssize(index_.corpus.class_names) - 1);
    clip.speaker =
        number<int>(text(7), std::numeric_limits<int>::min(), std::numeric_limits<int>::max());
    clip.speaker_name = text(8);
    clip.place = static_cast<int>(index_.clips.size());
    for (std::size_t k = 0; k < names_.size(); ++k)
      if (!text(kColumns.size() + k).empty())
        clip.columns.emplace(names_[k], std::move(text(kColumns.size() + k)));
    index_.clips.push_back(at);
    index_.corpus.clips.push_back(std::move(clip));
  }

  void finish(std::size_t clips) {
    expect(begun_ && index_.clips.size() == clips, "another number of clips");
    while (shard_ < std::ssize(index_.shards)) close_shard();
  }

 private:
  void read_names(const CsvRow& row) {
    bool ours = row.fields.size() >= kColumns.size();
    for (std::size_t k = 0; ours && k < kColumns.size(); ++k)
      ours = row.fields[k].text == kColumns[k];
    expect(ours, "other columns");
    for (std::size_t k = kColumns.size(); k < row.fields.size(); ++k)
      names_.push_back(row.fields[k].text);
    begun_ = true;
  }
  void close_shard() {
    expect(row_ == index_.shards[static_cast<std::size_t>(shard_)], "a shard that is not full");
    ++shard_;
    row_ = 0;
  }
  template <class Number>
  Number number(const std::string& text, std::int64_t low, std::int64_t high) const {
    const auto value = parse_number<Number>(text);
    expect(value && *value >= low && *value <= high, "\"" + text.substr(0, 40) + "\"");
    return *value;
  }
  void expect(bool ok, const std::string& got) const {
    if (!ok)
      fail(kAt, where_, " line ", line_, ": is damaged: expected what ", kHead, " says, got ", got);
  }

  StoreIndex& index_;
  const std::string& where_;
  std::vector<std::string> names_;
  std::size_t line_ = 1;
  bool begun_ = false;
  int shard_ = 0;
  std::int64_t row_ = 0;
};

void read_speakers(StoreIndex& index, const Npz& archive, const std::string& where) {
  const auto speakers = archive.integers("speaker"), clips = archive.integers("clips"),
             frames = archive.integers("frames");
  const Tensor<double> mean = archive.real("mean"), squares = archive.real("squares");
  std::map<int, std::pair<std::int64_t, std::int64_t>> expected;  // clips, frames
  for (std::size_t i = 0; i < index.clips.size(); ++i) {
    auto& [n, t] = expected[index.corpus.clips[i].speaker];
    ++n;
    t += index.clips[i].frames;
  }
  const Shape shape{std::ssize(speakers), index.dims};
  check(speakers.size() == expected.size() && clips.size() == speakers.size() &&
            frames.size() == speakers.size() && mean.shape() == shape && squares.shape() == shape,
        kAt, where, ": expected the sums of ", expected.size(), " speakers of ", kClips);
  for (std::size_t s = 0; s < speakers.size(); ++s) {
    const auto found = expected.find(static_cast<int>(speakers[s]));
    check(found != expected.end() && found->second == std::pair(clips[s], frames[s]) &&
              found->first == speakers[s],
          kAt, where, ": expected the sums of speakers of ", kClips, ", got speaker ", speakers[s],
          " of ", frames[s], " frames");
    const auto row = [&](const Tensor<double>& x) {
      const double* begin = x.data() + static_cast<std::int64_t>(s) * index.dims;
      return std::vector<double>(begin, begin + index.dims);
    };
    index.speakers.push_back({found->first, clips[s], {frames[s], row(mean), row(squares)}});
    expected.erase(found);
  }
}

Json parsed_head(std::string_view json, const std::string& where) {
  try {
    const Json head = Json::parse(json);
    check(head.at("format") == kFormat, kAt, where, ": expected the format \"", kFormat, "\", got ",
          head.at("format").dump());
    return head;
  } catch (const JsonError& error) {
    fail(kAt, where, ": is damaged: ", error.what());
  }
}

// Gives how many clips there are.
std::size_t read_head(StoreIndex& index, const Json& head, const std::string& where) {
  std::size_t clips = 0;
  try {
    index.corpus = corpus_from(head.at("corpus"));
    index.settings = features_from(head.at("features"));
    head.at("isa").get_to(index.isa);
    head.at("dims").get_to(index.dims);
    head.at("clips").get_to(clips);
    head.at("shards").get_to(index.shards);
  } catch (const JsonError& error) {
    fail(kAt, where, ": is damaged: ", error.what());
  }
  check(index.dims >= 1, kAt, where, ": expected features of at least one number, got ",
        index.dims);
  const std::int64_t most = (std::int64_t{1} << 40) / index.dims;
  for (const std::int64_t frames : index.shards)
    check(frames >= 0 && frames <= most, kAt, where, ": expected shards of up to ", most,
          " frames, got ", frames);
  return clips;
}

}  // namespace

std::array<char, 32> hash_of(const Tensor<float>& features) {
  Hash hash;
  hash.add(features);
  std::array<char, 32> text;
  std::ranges::copy(hash.hex(), text.begin());
  return text;
}

std::string shard_name(int shard) { return "shard-" + std::to_string(shard) + ".npy"; }

bool is_store(const fs::path& folder) {
  std::error_code none;
  return fs::exists(folder / kHead, none);
}

void write_index(const StoreIndex& index, const fs::path& folder) {
  const std::string csv = clips_csv(index);
  const std::vector<std::byte> npz = speakers_npz(index).bytes();
  write_file(folder / kClips, csv, kAt);
  write_file(folder / kSpeakers, npz, kAt);
  Json head = head_json(index);
  head["hashes"] = {{kClips, hash_of(csv)},
                    {kSpeakers, hash_of({reinterpret_cast<const char*>(npz.data()), npz.size()})}};
  write_file(folder / kHead, json_text(head), kAt);
}

StoreIndex parse_index(std::string_view json, std::string_view csv, std::span<const std::byte> npz,
                       const fs::path& folder) {
  StoreIndex index;
  const std::string where = folder / kHead, clips = folder / kClips;
  const Json head = parsed_head(json, where);
  const std::size_t count = read_head(index, head, where);
  ClipReader read(index, clips);
  for_each_csv_row(csv, clips, [&](CsvRow&& row) { read(std::move(row)); });
  read.finish(count);
  check(!index.clips.empty(), kAt, where, ": has no clip");
  read_speakers(index, Npz::parse(npz, folder / kSpeakers), folder / kSpeakers);
  return index;
}

StoreIndex read_index(const fs::path& folder) {
  const std::string json = read_text(folder / kHead, kAt), csv = read_text(folder / kClips, kAt);
  const std::vector<std::byte> npz = read_file(folder / kSpeakers, kAt);
  const Json head = parsed_head(json, folder / kHead);
  const std::string_view npz_text(reinterpret_cast<const char*>(npz.data()), npz.size());
  for (const auto& [name, text] :
       {std::pair(kClips, std::string_view(csv)), std::pair(kSpeakers, npz_text)}) {
    bool same = false;
    try {
      same = head.at("hashes").at(name) == Json(hash_of(text));
    } catch (const JsonError&) {
    }
    check(same, kAt, (folder / name).native(), ": is not the file that ", kHead, " was written ",
          "with; expected the folder as sonant store left it");
  }
  return parse_index(json, csv, npz, folder);
}

}  // namespace sonant
