type Named = { code: string; name: Record<string, string>; footnote?: string }

/** What a country is called: the programme's own name first, for it may need to be careful; else what Intl says. */
export function countryName(language: string, code: string, countries: readonly Named[] = []): string {
  const own = countries.find(country => country.code === code)?.name
  const named = own?.[language] || own?.en
  if (named) return named
  if (!/^[A-Z]{2}$/.test(code)) return code
  return new Intl.DisplayNames([language, 'en'], { type: 'region' }).of(code) ?? code
}

/** The footnotes that names on a page need, each once. */
export function footnotesFor(codes: readonly string[], countries: readonly Named[]): string[] {
  return [...new Set(countries.filter(({ code }) => codes.includes(code)).flatMap(({ footnote }) => footnote ?? []))]
}
