# SPDX-License-Identifier: GPL-3.0-or-later
# What all charts share: palette, fonts, sizes, terminals.
