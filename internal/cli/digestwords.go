package cli

// digestWords are the page's own words; those of the figures are the reports'.
type digestWords struct {
	title, headline, figure, yearBefore, change, gatherings, newcomers, quality, definitions   string
	nothing, noGathering, nobody, andMore, clean, open, shareable, zone, asOf, absent, reports string
}

func digestWordsIn(lang string) digestWords {
	if lang == "ru" {
		return digestWords{
			title: "Сводка", headline: "Главное", figure: "Показатель", yearBefore: "Годом ранее", change: "Изменение", gatherings: "Встречи",
			newcomers: "Кто вступил", quality: "Чему пока нельзя доверять", definitions: "Определения", nothing: "Ничего не было.",
			noGathering: "Встреч не было.", nobody: "Никто.", andMore: "и ещё %d", clean: "Замечаний к данным нет.", open: "Период ещё не закончился.",
			shareable: "Малые числа людей скрыты; 0 — это 0.", zone: "Часовой пояс", asOf: "По состоянию на", absent: "– не записано или не определено, это не 0",
			reports: "Отчёт",
		}
	}
	return digestWords{
		title: "Digest", headline: "Headline figures", figure: "Figure", yearBefore: "Year before", change: "Change", gatherings: "Gatherings",
		newcomers: "Who joined", quality: "What cannot be trusted yet", definitions: "Definitions", nothing: "Nothing happened.",
		noGathering: "There was no gathering.", nobody: "Nobody.", andMore: "and %d more", clean: "Nothing is wrong with the data.", open: "The period is not over yet.",
		shareable: "Small numbers of people are hidden; a 0 is a 0.", zone: "Time zone", asOf: "As of", absent: "– not recorded or not defined, which is not 0",
		reports: "Report",
	}
}
