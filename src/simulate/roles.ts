import type { Category } from "../geo/city.js";
import type { Person, Role } from "./person.js";

/**
 * Relative number of people of each role (adults and teenagers with a phone). Those who work on the move are some 3 %: a city of 19
 * million has in the order of 120,000 taxi and ride-hailing drivers and 200,000 couriers.
 */
export const ROLE_WEIGHTS: Record<Role, number> = {
  office: 300,
  civil_servant: 45,
  factory_day: 60,
  factory_shift: 55,
  student: 95,
  pupil: 40,
  teacher: 25,
  lecturer: 14,
  campus_staff: 12,
  hospital_staff: 28,
  mall_staff: 30,
  cinema_staff: 8,
  venue_staff: 10,
  expo_staff: 10,
  restaurant_staff: 25,
  station_staff: 10,
  airport_staff: 12,
  night_guard: 12,
  cleaner: 12,
  taxi: 10,
  truck: 6,
  courier: 14,
  freelancer: 30,
  homemaker: 40,
  retired: 70,
  visitor: 70,
};

/** Where a role's duty takes place, and how far from home people accept it, metres; null where it has no fixed place. */
export const WORKPLACE: Record<Role, readonly [Category, number] | null> = {
  office: ["office", 7000],
  civil_servant: ["government", 5000],
  factory_day: ["factory", 5000],
  factory_shift: ["factory", 4000],
  student: ["university", 5000],
  pupil: ["school", 900],
  teacher: ["school", 3000],
  lecturer: ["university", 5000],
  campus_staff: ["university", 3500],
  hospital_staff: ["hospital", 4000],
  mall_staff: ["mall", 4000],
  cinema_staff: ["cinema", 4000],
  venue_staff: ["stadium", 5000],
  expo_staff: ["exhibition", 8000],
  restaurant_staff: ["restaurant", 2500],
  station_staff: ["metro_station", 4000],
  airport_staff: ["airport", 9000],
  night_guard: ["office", 4000],
  cleaner: ["office", 3500],
  taxi: null,
  truck: null,
  courier: null,
  freelancer: null,
  homemaker: null,
  retired: null,
  visitor: null,
};

/** Local hours of arrival and departure, and the rota: days on and off in turn (0: the official calendar), and which turns are nights. */
export interface Duty {
  readonly from: number;
  readonly to: number;
  readonly daysOn: number;
  readonly daysOff: number;
  readonly nights: Person["nights"];
}

function duty(from: number, to: number, daysOn = 0, daysOff = 0, nights: Person["nights"] = "never"): Duty {
  return { from, to, daysOn, daysOff, nights };
}

/** Hours of duty to choose from; each person draws one and moves it by some minutes. */
export const DUTIES: Record<Role, readonly Duty[]> = {
  office: [duty(9, 18), duty(8.5, 17.75), duty(9, 18.5), duty(9.5, 19.25), duty(10, 20)],
  civil_servant: [duty(8.5, 17.5), duty(8.75, 17.5)],
  factory_day: [duty(8, 17.5), duty(7.75, 17), duty(8, 18)],
  factory_shift: [duty(8, 20, 5, 2, "turns"), duty(7.5, 19.5, 6, 1, "turns"), duty(8, 20, 5, 2, "always")],
  student: [duty(8.3, 17)],
  pupil: [duty(7.6, 17)],
  teacher: [duty(7.5, 17.25), duty(7.4, 16.75)],
  lecturer: [duty(9, 17), duty(9.5, 17.5)],
  campus_staff: [duty(6.25, 19, 6, 1), duty(10, 21.5, 6, 1)],
  hospital_staff: [duty(7.75, 17.5), duty(7.75, 17.5), duty(8, 20, 2, 2, "turns"), duty(8, 20, 1, 2, "always")],
  mall_staff: [duty(9.5, 18.5, 5, 2), duty(13, 22, 5, 2), duty(9.75, 21.75, 2, 2)],
  cinema_staff: [duty(12.5, 21.5, 5, 2), duty(9.5, 18, 5, 2), duty(15, 23.6, 5, 2)],
  venue_staff: [duty(9.5, 18, 5, 2)],
  expo_staff: [duty(8, 18.5, 6, 1)],
  restaurant_staff: [duty(9.75, 21.5, 6, 1), duty(6, 15, 6, 1)],
  station_staff: [duty(6, 14.5, 4, 2), duty(14, 23, 4, 2)],
  airport_staff: [duty(7, 19, 2, 2), duty(6, 15, 5, 2), duty(8, 20, 2, 2, "turns")],
  night_guard: [duty(8, 20, 5, 2, "always"), duty(7, 19, 6, 1, "always")],
  cleaner: [duty(5.75, 9.5, 6, 1), duty(18.5, 22.5, 6, 1)],
  taxi: [duty(7, 18.5, 6, 1), duty(6, 17, 6, 1)],
  truck: [duty(7.5, 18, 6, 1)],
  courier: [duty(8, 19, 6, 1)],
  freelancer: [duty(10, 18)],
  homemaker: [duty(9, 17)],
  retired: [duty(9, 17)],
  visitor: [duty(9.5, 20)],
};
