// Parts of a result to and from JSON. For .cpp files only.
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include <sonant/audio/features.h>
#include <sonant/core/error.h>
#include <sonant/core/json.h>
#include <sonant/train/config.h>
#include <sonant/train/environment.h>
#include <sonant/train/epoch_record.h>
#include <sonant/train/evaluate.h>

namespace sonant {

// Parts of a result that a checkpoint and a model file hold, too.
Json epoch_json(const EpochRecord& epoch);
EpochRecord epoch_from(const Json& json);
Json evaluation_json(const Evaluation& evaluation, bool named = false);
Evaluation evaluation_from(const Json& json);
Json environment_json(const Environment& environment);
Environment environment_from(const Json& json);
Json confusion_json(const ConfusionMatrix& confusion);
ConfusionMatrix confusion_from(const Json& rows);
Json pairs_json(const NumberPairs& pairs);
NumberPairs pairs_from(const Json& json);
// A list of what `one` makes of each, and back.
template <class T, class One>
Json json_list(const std::vector<T>& all, One one) {
  Json list = Json::array();
  for (const T& each : all) list.push_back(one(each));
  return list;
}
template <class One>
auto list_from(const Json& list, One one) {
  std::vector<std::invoke_result_t<One, const Json&>> all;
  for (const Json& each : list) all.push_back(one(each));
  return all;
}
// As files hold it, and on one line, as metadata does. Both are UTF-8 whatever the names of files
// are: core/text.h, as_utf8().
std::string json_text(const Json& json);
// The member with that key or, in files of version 0.1, the former one.
const Json& at_now(const Json& json, std::string_view key, std::string_view former);
double number_from(const Json& json);  // null, as what is not finite is written, is NaN

}  // namespace sonant
