// Judgements made up from a model of the world whose true figures are known.
#pragma once

#include <sonant/core/random.h>
#include <sonant/train/experiment/judgements.h>

#include <algorithm>
#include <cmath>

namespace sonant::test {

struct World {
  int speakers = 24, seeds = 1, classes = 4, files = 6;  // files of each class by each speaker
  double skill = 0.6;    // the chance of a right answer, mean over all the speakers there are
  double spread = 0.12;  // of the speakers' own skills, as a uniform distribution's half width
};

// Each answer of speaker k is right with his skill; `voices` are who is asked, `answers` how they
// are judged: the same voices with other answers are another system.
inline Judgements made_judgements(const World& w, std::uint64_t voices, std::uint64_t answers) {
  Judgements j;
  j.corpus = "made";
  j.protocol = "strict";
  j.split = "5 folds by speaker";
  for (int c = 0; c < w.classes; ++c) j.class_names.push_back("class" + std::to_string(c));
  for (int k = 0; k < w.speakers; ++k) j.speakers.push_back(std::to_string(k + 1));
  const Random who(voices, 1), how(answers, 2);
  std::uint64_t drawn = 0;
  for (int s = 0; s < w.seeds; ++s) {
    j.seeds.push_back(static_cast<std::uint64_t>(s) + 1);
    for (int k = 0; k < w.speakers; ++k) {
      const double u = who.uniform(static_cast<std::uint64_t>(k));
      const double skill = w.skill + w.spread * (2 * u - 1);
      ConfusionMatrix counts(w.classes);
      for (int c = 0; c < w.classes; ++c) {
        for (int f = 0; f < w.files; ++f) {
          const bool right = how.uniform(drawn++) < skill;
          const double other = how.uniform(drawn++);
          const int wrong = (c + 1 + static_cast<int>(other * (w.classes - 1))) % w.classes;
          counts.add(c, right ? c : wrong);
        }
      }
      j.counts.push_back(counts);
    }
  }
  return j;
}

}  // namespace sonant::test
