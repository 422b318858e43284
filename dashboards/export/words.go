package export

// words are the labels in a file, in one language.
type words struct {
	report, question, definition, community, zone, asOf, behind, none  string
	rows, of, empty, emptyMeans, shareable, shareableMeans, yearBefore string
	about, column, name, unit, meaning                                 string
}

func (t *Table) words() words {
	if t.Language == "ru" {
		return russian()
	}
	return english()
}

func english() words {
	return words{
		report: "Report", question: "Question", definition: "Definition", community: "Community", zone: "Time zone", asOf: "As of",
		behind: "List behind", none: "none", rows: "Rows", of: "%d of %d", empty: "An empty cell", emptyMeans: "not recorded or not defined; never 0",
		shareable: "Shareable", shareableMeans: "small numbers of persons are hidden; a 0 is a 0", yearBefore: "Year before",
		about: "About", column: "Column", name: "Name", unit: "Unit", meaning: "Meaning",
	}
}

func russian() words {
	return words{
		report: "Отчёт", question: "Вопрос", definition: "Определение", community: "Сообщество", zone: "Часовой пояс", asOf: "По состоянию на",
		behind: "Список к показателю", none: "нет", rows: "Строки", of: "%d из %d", empty: "Пустая ячейка", emptyMeans: "не записано или не определено; никогда не 0",
		shareable: "Для передачи", shareableMeans: "малые числа людей скрыты; 0 — это 0", yearBefore: "Годом ранее",
		about: "О данных", column: "Столбец", name: "Имя", unit: "Единица", meaning: "Значение",
	}
}
