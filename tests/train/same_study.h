// Whether two searches went the same way.
#pragma once

#include <sonant/train/search/study.h>

#include "support/catch.h"

namespace sonant::test {

// Everything but the times.
inline void check_same_study(const Study& a, const Study& b) {
  CHECK(a.user == b.user);
  REQUIRE(a.trials.size() == b.trials.size());
  for (std::size_t i = 0; i < a.trials.size(); ++i) {
    INFO("trial " << i);
    const Trial &s = a.trials[i], &t = b.trials[i];
    CHECK(s.state == t.state);
    CHECK(s.parameters == t.parameters);
    CHECK(s.distributions == t.distributions);
    CHECK(s.value == t.value);
    CHECK(s.intermediate == t.intermediate);
    CHECK(s.user == t.user);
    CHECK(s.system == t.system);
  }
}

}  // namespace sonant::test
