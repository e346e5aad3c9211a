// Options for the settings that the rows of a registry have of their own: of each front end, of
// each model family.
#pragma once

#include <sonant/core/any_settings.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "command_line.h"

namespace sonant::apps {

// Rows share names such as hop: one option, which is that of whichever row is chosen.
class OwnOptions {
 public:
  struct Row {
    std::string name;                         // "log-mel"
    const AnySettings* settings;              // its defaults; stays where it is
    std::set<std::string_view> in_name = {};  // settings that are said by the name that is typed
  };

  // One option for each name of a setting. `noun`, as "front end", is for messages, and goes in
  // front of a flag that the command has already: --front-end-width.
  OwnOptions(Command& command, std::string noun, std::vector<Row> rows, const std::string& group);

  // What was typed, on top of `own`, the chosen row's. UsageError for what that row does not have,
  // and for a value that cannot be.
  void apply(const std::string& chosen, AnySettings& own) const;
  bool typed(const std::string& setting) const { return typed_->contains(setting); }
  // One that was typed, as "--dropout"; "" if none was.
  std::string typed_flag() const { return typed_->empty() ? "" : typed_->begin()->second.flag; }

 private:
  struct Said {
    std::string flag, text;
  };
  std::string noun_;
  std::shared_ptr<std::map<std::string, Said>> typed_;  // by setting
};

}  // namespace sonant::apps
