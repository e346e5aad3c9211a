// What commands print, read back, and counted again from the files that were judged.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "apps/six_speakers.h"

using Parsed = nlohmann::json;  // not what wrote it

std::string number(double value, int digits);
Words words_of(const std::string& line);
// The words of the last line that begins with this one.
Words line_of(const std::string& text, const std::string& first);

// stdout of a command, which must not fail.
std::string out_of(const Words& words);
Parsed json_of(const Words& words);
Parsed json_in(const std::string& file);

// What was said and what was named: labels by the file's name, answers by the probabilities.
struct Judged {
  Words names;
  std::vector<std::size_t> said, named;
  Words files;
  double loss = 0;  // the sum

  void add(const Parsed& evaluation);
  std::size_t place(const std::string& name) const;
  double count(std::size_t label, std::size_t predicted) const;
  double all() const { return static_cast<double>(said.size()); }
  double spoken(std::size_t c) const;
  double answered(std::size_t c) const;
  double recall(std::size_t c) const { return count(c, c) / spoken(c); }
  double precision(std::size_t c) const { return answered(c) > 0 ? count(c, c) / answered(c) : 0; }
  double f1(std::size_t c) const { return 2 * count(c, c) / (spoken(c) + answered(c)); }
  // Over the classes, all of which occur.
  double mean(double (Judged::*of)(std::size_t) const) const;
  double uar() const { return mean(&Judged::recall); }
  double macro_f1() const { return mean(&Judged::f1); }
  double accuracy() const;
};

Judged judged_in(const Parsed& evaluation);

// Every number of an evaluation as JSON.
void check_json(const Parsed& evaluation, const Judged& judged);
// As text: a row for each class, and the line below them.
void check_text(const std::string& text, const Judged& judged);
