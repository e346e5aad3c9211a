#include "feature_options.h"

#include "options.h"
#include "own_options.h"

namespace sonant::apps {

void add_feature_options(Command& command, FeatureSettings& settings) {
  command.option("--front-end", settings.front_end, "How a sound becomes features")
      .called("WORD")
      .one_of(front_end_names())
      .in("Features");
  add_settings(command, settings.around);
  std::vector<OwnOptions::Row> rows;
  for (const FrontEndRow* row : front_ends()) rows.push_back({row->name, &row->settings});
  const OwnOptions own(command, "front end", rows, "Features");
  command.checks.push_back([own, &settings] {
    settings.own = find_front_end(settings.front_end).settings;
    own.apply(settings.front_end, settings.own);
  });
}

}  // namespace sonant::apps
