#include "apps/judged.h"

#include <sonant/core/file.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <sstream>

using namespace sonant;

std::string number(double value, int digits) {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return text.data();
}

Words words_of(const std::string& line) {
  std::istringstream in(line);
  Words words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

Words line_of(const std::string& text, const std::string& first) {
  std::istringstream in(text);
  Words found;
  for (std::string line; std::getline(in, line);) {
    Words words = words_of(line);
    if (!words.empty() && words.front() == first) found = std::move(words);
  }
  return found;
}

std::string out_of(const Words& words) {
  const Outcome done = run_sonant(words);
  INFO(done.err);
  REQUIRE(done.status == 0);
  return done.out;
}

Parsed json_of(const Words& words) { return Parsed::parse(out_of(words)); }

Parsed json_in(const std::string& file) { return Parsed::parse(read_text(file, "test")); }

void Judged::add(const Parsed& evaluation) {
  const Words emotions = {"neutral", "calm",    "happy",   "sad",
                          "angry",   "fearful", "disgust", "surprised"};
  names = evaluation.at("class_names").get<Words>();
  for (const Parsed& p : evaluation.at("predictions")) {
    const std::filesystem::path file = p.at("file").get<std::string>();
    const std::size_t code = std::stoul(file.stem().native().substr(6, 2)) - 1;
    const bool coded = names.front() == "01";  // a manifest that has the codes as labels
    const std::string label = coded ? "0" + std::to_string(code + 1) : emotions[code];
    said.push_back(place(label));
    const auto shares = p.at("probabilities").get<std::vector<double>>();
    REQUIRE(shares.size() == names.size());
    CHECK(std::accumulate(shares.begin(), shares.end(), 0.0) == Approx(1).epsilon(1e-9));
    named.push_back(
        static_cast<std::size_t>(std::max_element(shares.begin(), shares.end()) - shares.begin()));
    loss -= std::log(shares[said.back()]);
    files.push_back(file);
    CHECK(p.at("label") == label);
    CHECK(p.at("predicted") == names[named.back()]);
  }
}

std::size_t Judged::place(const std::string& name) const {
  return static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
}

double Judged::count(std::size_t label, std::size_t predicted) const {
  double n = 0;
  for (std::size_t i = 0; i < said.size(); ++i) n += said[i] == label && named[i] == predicted;
  return n;
}

double Judged::spoken(std::size_t c) const {
  return static_cast<double>(std::count(said.begin(), said.end(), c));
}

double Judged::answered(std::size_t c) const {
  return static_cast<double>(std::count(named.begin(), named.end(), c));
}

double Judged::mean(double (Judged::*of)(std::size_t) const) const {
  double sum = 0;
  for (std::size_t c = 0; c < names.size(); ++c) sum += (this->*of)(c);
  return sum / static_cast<double>(names.size());
}

double Judged::accuracy() const {
  double right = 0;
  for (std::size_t c = 0; c < names.size(); ++c) right += count(c, c);
  return right / all();
}

Judged judged_in(const Parsed& evaluation) {
  Judged judged;
  judged.add(evaluation);
  return judged;
}

void check_json(const Parsed& e, const Judged& judged) {
  CHECK(e.at("uar") == Approx(judged.uar()).epsilon(1e-12));
  CHECK(e.at("accuracy") == Approx(judged.accuracy()).epsilon(1e-12));
  CHECK(e.at("macro_f1") == Approx(judged.macro_f1()).epsilon(1e-12));
  CHECK(e.at("loss") == Approx(judged.loss / judged.all()).epsilon(1e-9));
  CHECK(e.at("count") == judged.all());
  for (std::size_t c = 0; c < judged.names.size(); ++c) {
    const Parsed& one = e.at("per_class").at(c);
    INFO(judged.names[c]);
    CHECK(one.at("name") == judged.names[c]);
    CHECK(one.at("support") == judged.spoken(c));
    CHECK(one.at("recall") == Approx(judged.recall(c)).epsilon(1e-12));
    CHECK(one.at("precision") == Approx(judged.precision(c)).epsilon(1e-12));
    CHECK(one.at("f1") == Approx(judged.f1(c)).epsilon(1e-12));
    for (std::size_t k = 0; k < judged.names.size(); ++k)
      CHECK(e.at("confusion").at(c).at(k) == judged.count(c, k));
  }
}

void check_text(const std::string& text, const Judged& judged) {
  for (std::size_t c = 0; c < judged.names.size(); ++c) {
    Words row{judged.names[c]};
    for (std::size_t k = 0; k < judged.names.size(); ++k)
      row.push_back(number(judged.count(c, k), 0));
    row.push_back(number(judged.recall(c), 3));
    row.push_back(number(judged.f1(c), 3));
    CHECK(line_of(text, judged.names[c]) == row);
  }
  CHECK_THAT(text, ContainsSubstring("\nUAR " + number(judged.uar(), 4) + "   accuracy " +
                                     number(judged.accuracy(), 4) + "   macro F1 " +
                                     number(judged.macro_f1(), 4) + "   (" +
                                     number(judged.all(), 0) + " utterances)\n"));
}
