// Choices to and from JSON. For .cpp files only: the JSON library is not part of the interface.
#pragma once

#include <sonant/train/json_body.h>
#include <sonant/train/search/distribution.h>

namespace sonant {

Json choice_json(const Choice& choice);
Choice choice_from_json(const Json& json);  // Error for null, lists and tables

}  // namespace sonant
