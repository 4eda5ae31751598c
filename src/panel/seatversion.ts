import { digestOf } from '../calls/rules.ts'

type Seat = {
  name: string
  nameLatin: string
  country: string
  city: string
  institution: string
  reads: readonly string[]
  expertise: readonly string[]
  maxLoad: number
  minLoad: number
  chair: boolean
}

/** A seat's profile as one short word: whoever has seen another one must look again before changing it. */
export const seatVersion = (seat: Seat): string => {
  const { name, nameLatin, country, city, institution, reads, expertise, maxLoad, minLoad, chair } = seat
  return digestOf([name, nameLatin, country, city, institution, reads, expertise, maxLoad, minLoad, chair]).slice(0, 16)
}
