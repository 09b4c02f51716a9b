"""The microservice chassis: what every service needs so that it reads as its domain."""
