#ifndef SPANLINK_CLIBYAML_H
#define SPANLINK_CLIBYAML_H

#include <yaml.h>

#endif
