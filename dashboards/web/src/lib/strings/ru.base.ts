/** То, что говорит каждая страница, по-русски. Тип — английского файла: недостающее слово не пройдёт проверку. */

import type { enBase } from './en.base'

const plural = new Intl.PluralRules('ru')
const digits = new Intl.NumberFormat('ru-RU')

/** 1 строка, 2 строки, 5 строк */
export function count(n: number, one: string, few: string, many: string): string {
  const form = plural.select(n)
  return `${digits.format(n)} ${form === 'one' ? one : form === 'few' ? few : many}`
}

export const ruBase: typeof enBase = {
  language: 'ru',
  product: 'Turnout',
  skip: 'К содержанию',
  pageTitle: (page, tenant) => (tenant ? `${page} · ${tenant} · Turnout` : `${page} · Turnout`),

  nav: {
    label: 'Страницы',
    menu: 'Меню',
    overview: 'Обзор',
    gatherings: 'Мероприятия',
    retention: 'Удержание',
    engagement: 'Вовлечённость',
    careers: 'Карьера',
    groups: 'Группы и инициативы',
    members: 'Члены сообщества',
    health: 'Состояние данных',
    live: 'Прямой поток',
    reports: 'Все отчёты',
    reference: 'Справочник',
    community: 'Сообщество',
    people: 'Люди',
    data: 'Данные',
  },

  theme: { label: 'Цвета', system: 'как в системе', light: 'светлые', dark: 'тёмные' },
  languages: { label: 'Язык', en: 'English', ru: 'Русский' },
  tenant: { label: 'Сообщество' },

  view: {
    label: 'Вид',
    full: 'Полный',
    shareable: 'Для показа',
    shareableNote: 'Вид для показа: малые группы скрыты, списки людей закрыты.',
    leave: 'Вернуться к полному виду',
    closed: 'В виде для показа списки людей закрыты.',
  },

  key: {
    title: 'Серверу нужен ключ API',
    text: 'Введите ключ с правом «read». Он останется в этой вкладке, пока её не закроют.',
    rejected: 'Сервер не принял этот ключ: возможно, в нём опечатка или он отозван.',
    label: 'Ключ API',
    submit: 'Открыть',
    forget: 'Забыть ключ',
    how: 'Его создаёт тот, кто ведёт сервер:',
    command: 'turnout keys create --scope read',
  },

  state: {
    loading: 'Загружается',
    retry: 'Попробовать ещё раз',
    unreachable: 'Сервер не отвечает',
    unreachableDetail: 'Страница открыта, но программа за ней недоступна.',
    unreachableHint: 'Проверьте, что turnout запущен, и попробуйте ещё раз.',
    pageFault: 'Ошибка на этой странице',
    where: (pointer) => `В ${pointer}`,
    passing: 'Страница повторит запрос сама.',
    engineDown: 'Хранилище перезапускается',
    noData: 'Данных пока нет',
    noDataText: (tenant) =>
      tenant ? `Для сообщества «${tenant}» пока ничего не сохранено. Отправьте первое событие:` : 'Пока ничего не сохранено. Отправьте первое событие:',
    noDataThen: 'Через секунду оно будет учтено здесь.',
    elsewhere: 'Сообщества, у которых данные есть:',
    filtered: 'Фильтры ничего не оставили',
    filteredText: 'Данные есть, но под выбранные фильтры ничего не подходит.',
    clear: 'Сбросить фильтры',
    nothing: 'Такого пока не было',
    nothingText: 'Данные у сообщества есть, но этому отчёту пока нечего считать.',
    unrecorded: 'Не записано',
    unrecordedText: 'Мероприятие прошло, но никто не записал, кто на нём был. Это не ноль, поэтому ничего не нарисовано.',
    suppressed: 'Слишком мало, чтобы показать',
    suppressedText: 'За каждым числом здесь так мало людей, что их можно узнать. В виде для показа такие числа скрыты.',
    forbidden: 'Этот ключ сюда не пускает',
    lagging: (n) => `${count(n, 'сообщение ждёт', 'сообщения ждут', 'сообщений ждут')} сохранения: числа могут отставать.`,
    restarting: 'Хранилище сейчас не отвечает; возможно, оно перезапускается. Показанное могло немного устареть, ничего не потеряно.',
    copy: 'Копировать',
    copied: 'Скопировано',
    notFound: 'Такой страницы нет',
    notFoundText: 'Возможно, в адресе опечатка или отчёт теперь называется иначе.',
    notFoundLink: 'Все отчёты',
  },

  value: {
    notRecorded: 'не записано',
    notRecordedHint: 'Не записано — не то же, что ноль: никто этого не отметил.',
    pending: 'ещё нет',
    unfinished: 'не завершён',
    unfinishedHint: 'Период ещё не закончился: числа растут.',
    suppressed: 'слишком мало',
    suppressedHint: 'Так мало людей можно узнать: в виде для показа число скрыто.',
    undefinedHint: 'Доля от ничего: целое равно 0.',
    unknown: 'неизвестно',
    empty: 'нет',
    yes: 'да',
    no: 'нет',
quarter: (n, year) => `${n} кв. ${year}`,
    open: (measure) => `${measure}: показать определение и список за этим числом`,
  },

  freshness: {
    asOf: (moment, zone) => `По состоянию на ${moment} (${zone})`,
    stored: (ago) => `Последнее событие сохранено ${ago}`,
    never: 'Событий пока не было',
    refresh: 'Обновить',
    newer: 'Есть новее: обновить',
  },

  filters: {
    label: 'Фильтры',
    any: 'все',
    clear: 'Сбросить',
    more: 'Ещё фильтры',
    set: (n) => count(n, 'фильтр задан', 'фильтра задано', 'фильтров задано'),
    find: 'Найти',
    several: 'Несколько — через запятую',
    period: 'Период',
    allTime: 'Всё время',
    custom: 'С … по …',
    presets: {
      month: 'Этот месяц',
      quarter: 'Этот квартал',
      year: 'Этот год',
      'last-year': 'Прошлый год',
      '12-months': 'Последние 12 месяцев',
      '24-months': 'Последние 24 месяца',
      '5-years': 'Последние 5 лет',
    },
    chosen: (n) => `выбрано: ${n}`,
  },

  report: {
    definition: 'Как это считается',
    columns: 'Что значат столбцы',
    chart: 'График',
    figure: 'Схема',
    summary: 'Сводная таблица',
    table: 'Таблица',
    shownAs: 'Показать как',
    all: (n) => `Показать все строки: ${digits.format(n)}`,
    rows: (n) => count(n, 'строка', 'строки', 'строк'),
    lastOf: (shown, all) => `Нарисованы последние ${shown} из ${all}; в таблице есть все.`,
    chartLabel: (title) => `График: ${title}. Те же числа — в таблице.`,
    sortHint: 'Нажмите на заголовок, чтобы упорядочить.',
    scroll: (title) => `${title}, таблица; прокрутите вбок, чтобы увидеть остальные столбцы`,
    same: 'То же самое',
    chartFailed: 'График не загрузился; в таблице есть всё.',
    heatCaption: (measure, across, other) =>
      `В ячейке: ${measure}${other ? `, ниже ${other}` : ''}; по горизонтали: ${across}. Пунктир — период ещё не закончился. Между ячейками ходят стрелками.`,
  },

  exports: {
    label: 'Выгрузить',
    title: (report) => `Выгрузить: ${report}`,
    csv: 'CSV с определением',
    xlsx: 'Книга Excel',
    json: 'JSON',
    parquet: 'Parquet',
    png: 'Картинка (PNG)',
    failed: 'Выгрузить не удалось:',
    filters: 'Фильтры',
    noFilters: 'нет',
    zone: 'Часовой пояс',
    asOf: 'По состоянию на',
  },

  drill: {
    label: (measure) => `Список за числом «${measure}»`,
    close: 'Закрыть',
    records: (n) => count(n, 'запись', 'записи', 'записей'),
    part: (shown, all) => `Первые ${digits.format(shown)} из ${digits.format(all)}`,
    disagree: (value, now) => `В отчёте ${value}, сейчас уже ${now}: за это время данные изменились. Обновите отчёт.`,
    none: 'Никого и ничего: число равно 0.',
    more: (n) => `Показать до ${digits.format(n)}`,
    before: (value) => `Год назад: ${value}`,
    report: 'Весь отчёт',
  },

  reports: {
    title: 'Все отчёты',
    lead: 'Каждый отчёт отвечает на один вопрос. За каждым числом открывается список людей или записей, которые в нём посчитаны.',
    other: 'Прочее',
  },

  status: {
    events: 'События',
    lastEvent: 'Последнее событие',
  },
}
