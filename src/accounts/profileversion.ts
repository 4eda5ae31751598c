import { digestOf } from '../calls/rules.ts'

type Profile = Record<
  'name' | 'nameLatin' | 'language' | 'country' | 'institution' | 'institutionEn' | 'city' | 'cityLatin',
  string
> & { zone: string | null }

/** A profile as one short word: whoever has seen another one must look again before changing it. */
export const profileVersion = (person: Profile): string => {
  const { name, nameLatin, language, zone, country, institution, institutionEn, city, cityLatin } = person
  return digestOf([name, nameLatin, language, zone, country, institution, institutionEn, city, cityLatin]).slice(0, 16)
}
