/* The plots of the vantage plugin. */
#ifndef VANTAGE_PLOTS_H
#define VANTAGE_PLOTS_H

#include "vantage.h"

enum { VANTAGE_N_PLOTS = 3 };
extern const trawl_plot vantage_plots[VANTAGE_N_PLOTS];

#endif
