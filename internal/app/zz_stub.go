package app

import (
	"github.com/turnout/turnout/dashboards/api"
)

func (a *app) letters() api.Letters                       { return nil }
