// Every number that train, evaluate, predict and summary print, counted again from the files that
// were judged and from the numbers that a model file holds.
#include <sonant/core/file.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "apps/judged.h"

using namespace sonant;

namespace {

// Numbers of a model file that are trained: all but what batch normalisation counts.
std::map<std::string, std::int64_t> trained_numbers(const std::string& file) {
  const std::string bytes = read_text(file, "test");
  std::uint64_t size = 0;
  for (int k = 7; k >= 0; --k)
    size = size << 8 | static_cast<unsigned char>(bytes[static_cast<std::size_t>(k)]);
  std::map<std::string, std::int64_t> numbers;
  const Parsed header = Parsed::parse(bytes.substr(8, size));
  for (const auto& [name, tensor] : header.items()) {
    if (name == "__metadata__" || name.find("running_") != std::string::npos ||
        name.find("num_batches") != std::string::npos)
      continue;
    const auto shape = tensor.at("shape").get<std::vector<std::int64_t>>();
    numbers[name] = std::accumulate(shape.begin(), shape.end(), std::int64_t{1},
                                    [](auto a, auto b) { return a * b; });
  }
  return numbers;
}

// One training for all cases. A rate at which the last epoch is seldom the best.
struct Trained {
  TempFolder out;
  std::string model = out / "m.st";
  std::string text =
      out_of(small_training({"--epochs", "6", "--lr", "0.03", "--batch-size", "16", "--seed", "2",
                             "--out", model, "--result", out / "r.json"}));
  Parsed run = json_in(out / "r.json");
  Judged test = judged_in(run.at("test"));
  std::size_t best = 0;  // from 0: the first with the highest value
  double best_uar = 0;
  Trained() {
    std::vector<double> values;
    for (const Parsed& epoch : run.at("epochs")) values.push_back(epoch.at("choose_uar"));
    const auto highest = std::max_element(values.begin(), values.end());
    best = static_cast<std::size_t>(highest - values.begin());
    best_uar = *highest;
  }
};

const Trained& trained() {
  static const Trained once;
  return once;
}

}  // namespace

TEST_CASE("what train prints is what it judged", "[apps][figures]") {
  const Trained& t = trained();
  REQUIRE(t.test.all() == 60);
  check_json(t.run.at("test"), t.test);
  check_text(t.text, t.test);
  double seconds = 0;
  for (const Parsed& epoch : t.run.at("epochs")) seconds += epoch.at("seconds").get<double>();
  CHECK(t.run.at("best").at("epoch") == t.best + 1);
  CHECK(t.run.at("best").at("choose_uar") == t.best_uar);
  CHECK(t.run.at("timing").at("train_seconds") == Approx(seconds));
  const std::string hash = t.run.at("weights_hash");
  CHECK(t.run.at("epochs").at(t.best).at("weights_hash") == hash);
  CHECK_THAT(t.text, ContainsSubstring("best epoch " + std::to_string(t.best + 1) +
                                       " of 6: choose UAR " + number(t.best_uar, 4) + "\n"));
  CHECK_THAT(t.text, ContainsSubstring("weights " + hash + "\n"));
}

TEST_CASE("what evaluate prints is what it judged, part by part", "[apps][figures]") {
  const Trained& t = trained();
  const std::map<std::string, Words> speakers{
      {"test", {"02", "05"}}, {"choose", {"04"}}, {"train", {"01", "03", "06"}}};
  std::multiset<std::string> of_parts;
  for (const std::string part : {"test", "choose", "train", "all"}) {
    INFO(part);
    const Words words{"evaluate", "-q",    "--data", six_speakers(),
                      "--model",  t.model, "--part", part};
    const Parsed e = json_of(with(words, {"--json"}));
    const Judged judged = judged_in(e);
    check_json(e, judged);
    check_text(out_of(words), judged);
    CHECK(e.at("judged").at("files") == judged.all());
    CHECK(e.at("judged").at("of_files") == 180);
    CHECK(e.at("judged").at("bad_files") == 0);
    const std::multiset<std::string> files(judged.files.begin(), judged.files.end());
    if (part == "all") {
      CHECK(files == of_parts);  // the parts are all there is
      CHECK(files.size() == 180);
      continue;
    }
    of_parts.insert(files.begin(), files.end());
    CHECK(e.at("judged").at("speakers") == speakers.at(part));
    for (const std::string& file : files)
      CHECK(std::ranges::count(speakers.at(part), file.substr(file.size() - 6, 2)) == 1);
    if (part == "choose") CHECK(e.at("uar") == t.best_uar);
    if (part == "test") CHECK(e.at("predictions") == t.run.at("test").at("predictions"));
  }
}

TEST_CASE("a model that sees padding is judged as its training judged it", "[apps][figures]") {
  const TempFolder out;
  out_of(small_training({"--protocol", "paper", "--batch-size", "7", "--out", out / "m.st",
                         "--result", out / "r.json"}));
  const Parsed again =
      json_of({"evaluate", "-q", "--data", six_speakers(), "--model", out / "m.st", "--json"});
  CHECK(again.at("predictions") == json_in(out / "r.json").at("test").at("predictions"));
}

TEST_CASE("predict says of a file what was judged of it, the surest first", "[apps][figures]") {
  const Trained& t = trained();
  const Parsed& one = t.run.at("test").at("predictions").at(7);
  const auto shares = one.at("probabilities").get<std::vector<double>>();
  std::vector<std::size_t> order(shares.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return shares[a] > shares[b]; });
  std::string line = one.at("file").get<std::string>() + ": " + t.test.names[order[0]] + " ";
  for (std::size_t k = 0; k < 3; ++k)
    line += (k == 0 ? " " : ", ") + t.test.names[order[k]] + " " +
            number(100 * shares[order[k]], 1) + "%";
  const Words ask{"predict", "--model", t.model, one.at("file")};
  CHECK(out_of(ask) == line + "\n");
  const Parsed answer = json_of(with(ask, {"--json"})).at(0);
  CHECK(answer.at("label") == t.test.names[order[0]]);
  for (std::size_t c = 0; c < shares.size(); ++c)
    CHECK(answer.at("probabilities").at(t.test.names[c]) == Approx(shares[c]).margin(1e-6));
}

TEST_CASE("summary tells what the file holds and what the run said", "[apps][figures]") {
  const Trained& t = trained();
  const std::string text = out_of({"summary", "--model", t.model});
  CHECK_THAT(text, ContainsSubstring("best epoch " + std::to_string(t.best + 1) + " of 6\n") &&
                       ContainsSubstring("lr 0.03, batch 16,") &&
                       ContainsSubstring("choose UAR " + number(t.best_uar, 4) + "; test UAR " +
                                         number(t.test.uar(), 4) + ", accuracy " +
                                         number(t.test.accuracy(), 4) + "\n"));
  CHECK(line_of(text, "learnt") == words_of("learnt from 90 files, speakers 01 03 06"));
  CHECK(line_of(text, "epoch") == words_of("epoch chosen by 30 files, speaker 04"));
  CHECK(line_of(text, "judged") == words_of("judged on 60 files, speakers 02 05"));

  const Parsed json = json_of({"summary", "--json", "--model", t.model});
  std::int64_t all = 0, of_lstm = 0, listed = 0;
  for (const auto& [name, count] : trained_numbers(t.model)) {
    all += count;
    if (name.starts_with("lstm")) of_lstm += count;
  }
  for (const Parsed& layer : json.at("layers")) {
    listed += layer.at("parameters").get<int>();
    if (layer.at("name") == "lstm") CHECK(layer.at("parameters") == of_lstm);
  }
  CHECK(json.at("parameters") == all);
  CHECK(listed == all);
  CHECK(line_of(text, "total") == Words{"total", std::to_string(all)});
  CHECK(t.run.at("parameters") == all);
}
