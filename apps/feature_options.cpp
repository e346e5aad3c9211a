#include "feature_options.h"

#include <sonant/train/experiment/config_file.h>

#include <optional>

#include "options.h"
#include "own_options.h"

namespace sonant::apps {

void add_feature_options(Command& command, FeatureSettings& settings,
                         std::shared_ptr<const std::string> recipe) {
  command.option("--front-end", settings.front_end, "How a sound becomes features")
      .called("WORD")
      .one_of(front_end_names())
      .in("Features");
  add_settings(command, settings.around);
  std::vector<OwnOptions::Row> rows;
  for (const FrontEndRow* row : front_ends()) rows.push_back({row->name, &row->settings});
  const OwnOptions own(command, "front end", rows, "Features");
  command.checks.push_back([own, recipe, &command, &settings] {
    std::optional<FeatureSettings> said;
    if (recipe && !recipe->empty()) said = read_config_features(*recipe);
    if (said && !command.typed("--front-end")) settings.front_end = said->front_end;
    settings.own = find_front_end(settings.front_end).settings;
    if (said && said->front_end == settings.front_end) settings.own = said->own;
    if (said)
      for (const Setting& row : settings_of(settings.around))
        if (!command.typed(row.flag()))
          Settings(settings.around).set(row, ConstSettings(said->around).get(row));
    own.apply(settings.front_end, settings.own);
  });
}

}  // namespace sonant::apps
